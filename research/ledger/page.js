"use strict";
const chosen = { verdict: "", suite: "" };
const works = [...document.querySelectorAll(".work")];

function matches(claim, suite) {
  const verdict = chosen.verdict === "stale" ? claim.dataset.stale === "true" : claim.dataset.verdict === chosen.verdict;
  return (!chosen.verdict || verdict) && (!chosen.suite || suite === chosen.suite);
}

function apply() {
  let shown = 0;
  for (const work of works) {
    let inside = 0;
    for (const claim of work.querySelectorAll(".claim")) {
      claim.hidden = !matches(claim, work.dataset.suite);
      inside += !claim.hidden;
    }
    work.hidden = inside === 0 && Boolean(chosen.verdict || (chosen.suite && work.dataset.suite !== chosen.suite));
    shown += inside;
  }
  for (const part of document.querySelectorAll(".part")) part.hidden = !part.querySelector(".work:not([hidden])");
  const filtered = chosen.verdict || chosen.suite;
  document.getElementById("shown").textContent = filtered ? `${shown} ${shown === 1 ? "claim" : "claims"}` : "";
}

for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => {
    const { filter, value } = button.dataset;
    chosen[filter] = chosen[filter] === value ? "" : value;
    for (const other of document.querySelectorAll(`[data-filter="${filter}"]`)) {
      other.setAttribute("aria-pressed", String(other.dataset.value === chosen[filter]));
    }
    apply();
  });
}

const toggle = document.getElementById("toggle");
toggle.addEventListener("click", () => {
  const open = toggle.textContent === "open all";
  for (const work of works) work.open = open;
  toggle.textContent = open ? "close all" : "open all";
});

function openTarget() {
  const work = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (work && work.matches(".work")) work.open = true;
}
window.addEventListener("hashchange", openTarget);
openTarget();
