/* The list of runs: the one that needs a person most on top, as the server sorts it; rows are kept and moved, not made anew. */
"use strict";

(() => {
  const {el, say, step, rate, part, marks, state} = Page;
  const body = document.getElementById("runs");
  const filter = document.getElementById("filter");
  const empty = document.getElementById("empty");
  const choices = document.getElementById("choices");
  const ORDER = ["critical", "warning", "silent", "failed", "handled", "none", "over"];
  const CHOICES = [
    ["all", "All", () => true],
    ["attention", "Need attention", line => ORDER.indexOf(line.attention) < ORDER.indexOf("handled")],
    ["running", "Running", line => line.state === "running" || line.state === "silent"],
    ["over", "Over", line => line.state !== "running" && line.state !== "silent"],
  ];

  /** By name: what was told last, and its row. */
  const runs = new Map();
  const address = new URLSearchParams(location.search);
  let chosen = CHOICES.some(choice => choice[0] === address.get("show")) ? address.get("show") : "all";
  let told = false;
  filter.value = address.get("filter") || "";

  function compare(a, b) {
    const places = ORDER.indexOf(a.attention) - ORDER.indexOf(b.attention);
    if (places) return places;
    if (a.calling !== b.calling) return b.calling - a.calling;
    const minutes = line => line.state === "running" ? 0 : Math.floor(line.heard / 60000);
    return minutes(b) - minutes(a) || (a.run < b.run ? -1 : a.run > b.run ? 1 : 0);
  }

  function row() {
    const cells = {
      name: el("a", {class: "name"}), state: el("td", {class: "state"}), last: el("td", {class: "number"}),
      rate: el("td", {class: "number"}), open: el("td", {class: "open"}), first: el("td", {class: "first"}), now: el("div", {class: "clamp"}),
    };
    const tr = el("tr", null, el("th", {scope: "row"}, cells.name), cells.state, cells.last, cells.rate, cells.open, cells.first,
      el("td", {class: "now"}, cells.now));
    tr.cells_ = cells;
    return tr;
  }

  function draw(entry) {
    const {line, tr} = entry;
    const cells = tr.cells_;
    if (tr.className !== line.attention) tr.className = line.attention;
    if (cells.name.textContent !== line.run) {
      cells.name.textContent = line.run;
      cells.name.href = "/runs/" + part(line.run);
      cells.name.title = line.run;
    }
    say(cells.state, state(line));
    say(cells.last, step(line.last_step));
    const going = line.state === "running" && line.steps_per_second !== null;
    say(cells.rate, going ? rate(line.steps_per_second) : "–");
    cells.rate.classList.toggle("none", !going);
    const handled = [line.acknowledged ? line.acknowledged + " acknowledged" : "", line.muted ? line.muted + " muted" : ""].filter(Boolean);
    const open = JSON.stringify([line.open, handled]);
    if (entry.open !== open) {
      entry.open = open;
      cells.open.replaceChildren(...marks(line.open), ...handled.map(text => el("span", {class: "mark handled"}, text)));
    }
    const first = line.first_trouble;
    const key = first ? first.id : "";
    if (entry.first !== key) {
      entry.first = key;
      cells.first.replaceChildren(...(first
        ? [el("a", {href: "/runs/" + part(line.run) + "?incident=" + encodeURIComponent(first.id)}, first.signature), " at step " + step(first.detected_step)]
        : []));
    }
    say(cells.now, line.gravest ? line.gravest.summary : "");
    cells.now.title = line.gravest ? line.gravest.summary : "";
  }

  function shown(line) {
    const wanted = filter.value.trim().toLowerCase();
    const texts = [line.run, line.first_trouble ? line.first_trouble.signature : "", line.gravest ? line.gravest.signature : "", line.state];
    return CHOICES.find(choice => choice[0] === chosen)[2](line)
      && (!wanted || texts.some(text => text.toLowerCase().includes(wanted)));
  }

  function order() {
    const lines = [...runs.values()].sort((a, b) => compare(a.line, b.line));
    let count = 0;
    let at = body.firstElementChild;
    for (const entry of lines) {
      const visible = shown(entry.line);
      if (entry.tr.hidden === visible) entry.tr.hidden = !visible;
      count += visible ? 1 : 0;
      if (entry.tr === at) {
        at = at.nextElementSibling;
      } else {
        body.insertBefore(entry.tr, at);
      }
    }
    empty.hidden = count > 0;
    say(empty, !told ? "Reading the topics …"
      : runs.size ? "No run is like that."
        : "No run has been judged yet. A run appears here with the first step that it publishes.");
    tally();
  }

  function tally() {
    const lines = [...runs.values()].map(entry => entry.line);
    const of = (attention, words) => {
      const count = lines.filter(line => line.attention === attention).length;
      return count ? count + " " + words : "";
    };
    say(document.getElementById("tally"), [lines.length + (lines.length === 1 ? " run" : " runs"), of("critical", "critical"),
      of("warning", "with warnings"), of("silent", "silent"), of("failed", "failed")].filter(Boolean).join(" · "));
    for (const button of choices.children) {
      const choice = CHOICES.find(one => one[0] === button.value);
      say(button.lastElementChild, String(lines.filter(choice[2]).length));
      button.setAttribute("aria-pressed", String(chosen === choice[0]));
    }
    const urgent = lines.filter(line => line.attention === "critical" || line.attention === "warning").length;
    document.title = (urgent ? "(" + urgent + ") " : "") + "Runs · Foreshock";
  }

  function take(lines) {
    told = true;
    for (const line of lines) {
      let entry = runs.get(line.run);
      if (!entry) {
        entry = {line, tr: row(), open: "", first: null};
        runs.set(line.run, entry);
      }
      entry.line = line;
      draw(entry);
    }
    order();
  }

  function keep() {
    const query = new URLSearchParams();
    if (filter.value) query.set("filter", filter.value);
    if (chosen !== "all") query.set("show", chosen);
    history.replaceState(null, "", query.size ? "?" + query : location.pathname);
    order();
  }

  for (const [value, title] of CHOICES) {
    const button = el("button", {type: "button", value}, title + " ", el("span", {class: "count"}, "0"));
    button.addEventListener("click", () => {
      chosen = value;
      keep();
    });
    choices.append(button);
  }
  filter.addEventListener("input", keep);
  order();
  Page.follow("/api/v1/events", {
    all(list) {
      // Everything: what is not in it is gone.
      const names = new Set(list.runs.map(line => line.run));
      for (const [name, entry] of runs) {
        if (!names.has(name)) {
          entry.tr.remove();
          runs.delete(name);
        }
      }
      take(list.runs);
    },
    runs: list => take(list.runs),
  }, document.getElementById("link"));
  // "silent for" grows by time alone.
  setInterval(() => runs.forEach(entry => {
    if (entry.line.state === "silent") draw(entry);
  }), 10000);
})();
