"use strict";
const chosen = { verdict: "", suite: "", words: [] };
const byId = (id) => document.getElementById(id);
const texts = new Map();
const works = [...document.querySelectorAll(".work")].map((work) => ({
  work,
  own: [work.closest(".part").querySelector("h2"), work.querySelector("h3"), ...work.querySelectorAll(".text")],
  claims: [...work.querySelectorAll(".claim")],
  opened: false,
}));
const FEW = 12; // so many matching claims are opened at once

function text(element) {
  if (!texts.has(element)) texts.set(element, element.textContent.toLowerCase());
  return texts.get(element);
}

function has(elements, name) {
  return chosen.words.every((word) => name.includes(word) || elements.some((element) => text(element).includes(word)));
}

function chosenVerdict(claim) {
  if (!chosen.verdict) return true;
  return chosen.verdict === "stale" ? claim.dataset.stale === "true" : claim.dataset.verdict === chosen.verdict;
}

// Every word must stand in the claim or in what its work says of itself.
function shownClaims({ work, own, claims }) {
  if (chosen.suite && work.dataset.suite !== chosen.suite) return [];
  return claims.filter((claim) => chosenVerdict(claim) && has([...own, claim], work.id.toLowerCase()));
}

function apply() {
  const filtered = Boolean(chosen.verdict || chosen.suite || chosen.words.length);
  const shown = works.map((each) => new Set(shownClaims(each)));
  const total = shown.reduce((sum, set) => sum + set.size, 0);
  works.forEach((each, place) => {
    for (const claim of each.claims) claim.hidden = !shown[place].has(claim);
    each.work.hidden = filtered && shown[place].size === 0;
    if (filtered && total <= FEW && shown[place].size && !each.work.open) each.work.open = each.opened = true;
    else if (each.opened && !(filtered && total <= FEW)) each.work.open = each.opened = false;
  });
  for (const part of document.querySelectorAll(".part")) part.hidden = !part.querySelector(".work:not([hidden])");
  const count = shown.filter((set) => set.size).length;
  const claims = `${total} ${total === 1 ? "claim" : "claims"} in ${count} ${count === 1 ? "work" : "works"}`;
  byId("shown").textContent = filtered ? claims : "";
  byId("clear").hidden = !filtered;
}

function press(filter, value) {
  chosen[filter] = value;
  for (const button of document.querySelectorAll(`[data-filter="${filter}"]`)) {
    button.setAttribute("aria-pressed", String(value !== "" && button.dataset.value === value));
  }
}

function clear() {
  press("verdict", "");
  press("suite", "");
  byId("search").value = "";
  chosen.words = [];
  apply();
}

for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => {
    const { filter, value } = button.dataset;
    press(filter, chosen[filter] === value ? "" : value);
    apply();
  });
}
byId("clear").addEventListener("click", clear);
byId("search").addEventListener("input", (event) => {
  chosen.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  apply();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, dialog")) {
    event.preventDefault();
    byId("search").focus();
  }
});

byId("toggle").addEventListener("click", (event) => {
  const open = event.target.textContent === "open all";
  for (const each of works) each.work.open = open;
  event.target.textContent = open ? "close all" : "open all";
});

for (const button of document.querySelectorAll(".copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "copied";
    } catch {
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}

for (const button of document.querySelectorAll(".enlarge")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img").cloneNode();
    const caption = document.createElement("p");
    caption.textContent = image.alt;
    byId("large").replaceChildren(image, caption);
    byId("large").showModal();
  });
}
byId("large").addEventListener("click", () => byId("large").close());

function openTarget() {
  let name = location.hash.slice(1);
  try { name = decodeURIComponent(name); } catch { /* not an address of ours */ }
  const target = name && byId(name);
  const work = target && target.closest(".work");
  if (!work) return;
  if (work.hidden || target.hidden) clear();
  work.open = true;
  target.scrollIntoView();
}
window.addEventListener("hashchange", openTarget);

let printed = [];
window.addEventListener("beforeprint", () => {
  printed = [...document.querySelectorAll("details:not([open])")];
  for (const details of printed) details.open = true;
});
window.addEventListener("afterprint", () => { for (const details of printed) details.open = false; });

document.querySelector(".filters").hidden = false;
openTarget();
