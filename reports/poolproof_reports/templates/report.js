// The filter over the rules, and links that open what they point at. All without a library.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const query = document.getElementById("query");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const chips = [...form.querySelectorAll(".chip")];
  const subjects = [...document.querySelectorAll(".subject")].map((element) => ({
    element,
    opened: element.open,
    text: element.dataset.text.toLowerCase(),
    rules: [...element.querySelectorAll(".rule")].map((rule) => ({
      element: rule,
      outcome: rule.dataset.outcome,
      text: rule.dataset.text.toLowerCase(),
    })),
  }));
  const total = subjects.reduce((sum, subject) => sum + subject.rules.length, 0);
  const rules = `${total} ${total === 1 ? "rule" : "rules"}`;
  let filtering = false;

  function pressed() {
    return chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
  }

  function apply() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set(pressed().map((chip) => chip.dataset.outcome));
    const wanted = words.length > 0 || outcomes.size > 0;
    let visible = 0;
    for (const subject of subjects) {
      if (wanted && !filtering) subject.opened = subject.element.open;
      let matches = 0;
      for (const rule of subject.rules) {
        const text = subject.text + " " + rule.text;
        const fits = (outcomes.size === 0 || outcomes.has(rule.outcome))
          && words.every((word) => text.includes(word));
        rule.element.hidden = !fits;
        matches += fits;
      }
      visible += matches;
      subject.element.hidden = wanted && matches === 0;
      if (wanted) subject.element.open = matches > 0;
      else if (filtering) subject.element.open = subject.opened;
    }
    filtering = wanted;
    nothing.hidden = !wanted || visible > 0;
    shown.textContent = wanted ? `${visible} of ${rules}` : rules;
  }

  function clear() {
    query.value = "";
    for (const chip of pressed()) chip.setAttribute("aria-pressed", "false");
    apply();
  }

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    const subject = target.closest(".subject");
    if (subject) subject.open = true;
    const evidence = target.querySelector(":scope > .evidence");
    if (evidence) evidence.open = true;
    target.scrollIntoView();
  }

  function typing(element) {
    return element instanceof HTMLInputElement;
  }

  query.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing(event.target)) {
      event.preventDefault();
      query.focus();
    } else if (event.key === "Escape" && filtering) {
      clear();
    }
  });
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  apply();
  reveal();
})();
