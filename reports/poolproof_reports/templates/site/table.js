// The table's filters: cell, start method, version, words, standings. What is chosen stands in the
// address, so that a view can be kept as a link.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filter");
  const query = document.getElementById("query");
  const picks = ["cell", "method", "version"].map((name) => document.getElementById(name));
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const chips = [...form.querySelectorAll(".chip")];
  const table = document.getElementById("matrix");
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const looks = Object.fromEntries(chips.map((chip) => [chip.dataset.letter, chip.dataset]));
  const letterOf = Object.fromEntries(Object.entries(looks).map(([letter, look]) => [look.look, letter]));
  const rows = [...table.tBodies[0].rows].map((row, index) => ({
    row,
    index,
    text: row.dataset.text.toLowerCase(),
    cells: [...row.cells].slice(1).map((cell) => {
      const link = cell.firstElementChild;
      const score = link && link.firstElementChild ? link.firstElementChild.textContent : "";
      return { cell, link, drawn: (letterOf[cell.className] ?? "") + score };
    }),
  }));
  const PASSED = "b", JUDGED = "bcde";

  function offer(pick, names) {
    names.forEach((name, number) => pick.add(new Option(name, String(number))));
  }

  // Of every rule in every pool: its worst letter, and how many of the chosen subjects kept it.
  function count() {
    const [cell, method, version] = picks.map((pick) => (pick.value === "" ? null : Number(pick.value)));
    const found = data.pools.map(() => rows.map(() => ({ worst: "", passed: 0, judged: 0 })));
    for (const [itsCell, itsMethod, itsVersion, pool, letters] of data.subjects) {
      if (cell !== null && cell !== itsCell) continue;
      if (method !== null && method !== itsMethod) continue;
      if (version !== null && version !== itsVersion) continue;
      for (let rule = 0; rule < letters.length; rule += 1) {
        const letter = letters[rule];
        if (letter === ".") continue;
        const sum = found[pool][rule];
        if (letter > sum.worst) sum.worst = letter;
        if (letter === PASSED) sum.passed += 1;
        if (JUDGED.includes(letter)) sum.judged += 1;
      }
    }
    return found;
  }

  function draw(entry, sum) {
    const score = sum.passed > 0 && sum.passed < sum.judged ? `${sum.passed}/${sum.judged}` : "";
    const drawn = sum.worst + score;
    if (entry.drawn === drawn) return; // also where this pool was never asked: it has no link
    entry.drawn = drawn;
    const look = looks[sum.worst];
    entry.cell.className = look ? look.look : "is-none";
    entry.link.hidden = !look;
    if (!look) return;
    entry.link.textContent = look.symbol;
    entry.link.ariaLabel = look.meaning;
    if (score) entry.link.append(Object.assign(document.createElement("small"), { textContent: score }));
  }

  function apply() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const letters = new Set(pressed().map((chip) => chip.dataset.letter));
    const found = count();
    const used = found.map((rules) => rules.some((sum) => sum.worst !== ""));
    heads.forEach((head, pool) => { head.hidden = !used[pool]; });
    let visible = 0;
    for (const { row, index, text, cells } of rows) {
      const sums = found.map((rules) => rules[index]);
      const fits = words.every((word) => text.includes(word))
        && (letters.size === 0 ? sums.some((sum) => sum.worst !== "") : sums.some((sum) => letters.has(sum.worst)));
      row.hidden = !fits;
      visible += fits;
      if (!fits) continue;
      cells.forEach((entry, pool) => {
        entry.cell.hidden = !used[pool];
        draw(entry, sums[pool]);
      });
    }
    nothing.hidden = visible > 0;
    shown.textContent = `${visible} of ${rows.length} ${rows.length === 1 ? "rule" : "rules"}`;
    remember(words.length > 0 ? query.value : "");
  }

  function pressed() {
    return chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
  }

  function remember(text) {
    const state = new URLSearchParams();
    if (text) state.set("q", text);
    for (const pick of picks) if (pick.value !== "") state.set(pick.id, pick.selectedOptions[0].text);
    const only = pressed().map((chip) => chip.dataset.letter).join("");
    if (only) state.set("only", only);
    history.replaceState(null, "", state.size > 0 ? `#${state}` : location.pathname + location.search);
  }

  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    query.value = state.get("q") ?? "";
    for (const pick of picks) {
      const chosen = [...pick.options].find((option) => option.value !== "" && option.text === state.get(pick.id));
      pick.value = chosen ? chosen.value : "";
    }
    const only = state.get("only") ?? "";
    for (const chip of chips) chip.setAttribute("aria-pressed", String(only.includes(chip.dataset.letter)));
    apply();
  }

  function clear() {
    query.value = "";
    for (const pick of picks) pick.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    apply();
  }

  // Arrow keys go from cell to cell; a cell without a verdict, or hidden, is passed over.
  function move(from, down, right) {
    let row = from.closest("tr");
    let column = from.closest("td, th").cellIndex;
    for (;;) {
      column += right;
      if (down > 0) row = row.nextElementSibling;
      if (down < 0) row = row.previousElementSibling;
      const cell = row && row.cells[column];
      if (!cell) return;
      const link = cell.querySelector("a");
      if (!row.hidden && !cell.hidden && link && !link.hidden) {
        link.focus();
        return;
      }
    }
  }

  const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("tbody a")) return;
    event.preventDefault();
    move(event.target, ...arrow);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      query.focus();
    } else if (event.key === "Escape") {
      clear();
    }
  });
  query.addEventListener("input", apply);
  for (const pick of picks) pick.addEventListener("change", apply);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", recall);
  offer(picks[0], data.cells);
  offer(picks[1], data.methods);
  offer(picks[2], data.versions.map(([pool, version]) => `${pool} ${version}`.trim()));
  form.hidden = false;
  recall();
})();
