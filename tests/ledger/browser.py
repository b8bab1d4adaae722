"""A page in a headless browser: a script uses it and sends what it saw, over a server that counts requests."""

import contextlib
import functools
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import threading

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

WATCH = """<script>
const faults = [];
addEventListener("error", (event) => faults.push(event.message || `${event.target.tagName} did not load`), true);
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => faults.push("refused: " + event.blockedURI));
</script>"""
PROBE = """<script>
const all = (selector) => [...document.querySelectorAll(selector)];
const visible = (selector) => all(selector).filter((element) => element.checkVisibility()).length;
const standing = (selector) => all(selector).filter((element) => !element.closest("[hidden]")).length;
const find = (selector) => document.querySelector(selector);
const click = (selector) => find(selector).click();
const chip = (value) => click(`[data-value="${value}"]`);
const search = (text) => { find("#search").value = text; find("#search").dispatchEvent(new Event("input")); };
const left = () => all(".claim:not([hidden])").map((claim) => claim.id);
const shown = () => find("#shown").value;
const tick = () => new Promise((done) => setTimeout(done, 30));
const wide = () => document.documentElement.scrollWidth - innerWidth;
addEventListener("load", async () => {
  const all_seen = {};
  for (const [name, use] of Object.entries({ %s })) {
    const seen = all_seen[name] = {};
    try { await use(seen); } catch (error) { faults.push(`${name}: ${error}`); }
  }
  await tick();
  const requests = performance.getEntriesByType("resource").map((entry) => entry.name);
  parent.postMessage(JSON.stringify({ ...all_seen, faults, requests, width: innerWidth }), "*");
});
</script></body>"""
# A window is no narrower than 500 pixels, a frame is.
FRAME = """<!doctype html><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<script>addEventListener("message", (event) => fetch("/seen", { method: "POST", body: event.data }));</script>
<iframe src="page.html%s" width="%d" height="800" style="border: 0"></iframe>"""


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, keeps the paths that are asked for, and what is posted."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.seen.put(json.loads(body))

    def log_message(self, *_arguments):
        self.server.paths.append(self.path)


@contextlib.contextmanager
def serve(folder):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=folder)) as server:
        server.seen, server.paths = queue.Queue(), []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextlib.contextmanager
def browse(address, profile, *flags):
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    command += [f"--user-data-dir={profile}", "--window-size=1300,900", "--remote-debugging-port=0", *flags, address]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, start_new_session=True, **quiet) as browser:
        try:
            yield
        finally:
            os.killpg(browser.pid, signal.SIGKILL)


def see(page, folder, uses, *flags, width=1280, address="", change=lambda text: text):
    """Opens the page, uses it, and returns what each use saw; there must be no error and no request of its own."""
    text = change(page.read_text()).replace("<head>", "<head>" + WATCH, 1)
    (folder / "page.html").write_text(text.replace("</body>", PROBE % uses, 1))
    (folder / "frame.html").write_text(FRAME % (address, width))
    with serve(folder) as server:
        with browse(f"http://127.0.0.1:{server.server_port}/frame.html", folder / "profile", *flags):
            seen = server.seen.get(timeout=120)  # queue.Empty: the page never came to its end
        assert sorted(server.paths) == ["/frame.html", "/page.html", "/seen"]
    assert (seen.pop("faults"), seen.pop("requests"), seen.pop("width")) == ([], [], width)
    return seen
