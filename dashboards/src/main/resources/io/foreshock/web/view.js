/*
 * Foreshock's view of training runs: verdict, story, charts. A plain script without dependencies but uPlot 1.6 (global uPlot),
 * without network access; the report holds it, the run page serves it.
 *
 *   const view = Foreshock.mount(element, document, options)
 *
 * element    is emptied and filled; its class becomes "foreshock". view.css styles everything below it.
 * document   what io.foreshock.view.ViewJson writes: {format, made, versions, groups, catalogue, runs:[…]}.
 * options    all may be left out:
 *   theme      "auto" (as the system has it), "light" or "dark"
 *   run        the run to show first, by name
 *   range      [first, last] steps to show first
 *   incident   id of the incident to show first
 *   header     false: no title and theme switch of its own
 *   onRange    function(first, last, whole): the steps shown changed; whole is true when they are all
 *   onIncident function(incident): somebody chose an incident of the story
 *   actions    function(incident) -> [{label, title, act}]: buttons beside an incident; act() is called on a click
 *   state      function(run) -> text: what the run does now, for its verdict ("running", "silent for 3 min")
 *
 * mount returns at once; view.ready is a promise that is kept when the first charts are drawn. The rest of view:
 *   append(rows, run)      rows as ViewJson.row writes them, one or many, a late one finds its place; run by name, or the one shown
 *   incident(change, run)  a change of an incident as in topic foreshock.alerts
 *   signals(row, run)      a row as in topic foreshock.signals: verdicts and the forecast of the loss, not its values
 *   ended(how, run)        "finished", "failed", "stopped", or null when it goes on
 *   show(run)              shows another run of the document
 *   overlay(runs)          draws these runs over the one shown, on the same axis
 *   zoomTo(first, last)    shows these steps in all charts; without arguments all of them
 *   choose(id)             shows an incident: marks it, zooms there
 *   theme(name)            "auto", "light" or "dark"
 *   all()                  draws every chart, also those that were never in sight; a promise
 *   inspect()              what is drawn: {run, range, theme, charts:[{panel, unpacked, drawn, left, width, range, bands:[…]}]}; pixels are
 *                          CSS pixels from the left of the plot
 *   destroy()              takes everything away, listeners included
 *
 * Memory is bounded however long rows are appended: a timeline holds at most CAPACITY buckets, merged as in
 * io.foreshock.view.Timeline. After destroy nothing holds on to the view. Text from outside is only ever set as text.
 */
(function (global, parts) {
  "use strict";

  const {step, number, count, title, el, foreign, visible, unit, took, visibleLines, SEVERITIES, SHAPES, seriesOf, endOf, Run, verdict,
    stories, gravestFirst, difference, Chart, LIGHT, DARK, swatch, lanesOf, shape, Lines, Worst, Heat, Lanes} = parts;

  /** The form of documents this script reads, ViewJson.FORMAT. */
  const FORMAT = 1;

  /** Numbers of views that are gone: uPlot keeps what it shares under a name for good, so names are used again. */
  const spare = [];
  let views = 0;

  class View {
    constructor(element, doc, options) {
      if (doc.format !== FORMAT) {
        throw new Error("this view reads format " + FORMAT + ", the document has " + doc.format + "; make it again with the same version");
      }
      this.element = element;
      this.doc = doc;
      this.options = options;
      this.runs = doc.runs.map(run => new Run(run));
      const uses = new Map();
      for (const run of this.runs) {
        const use = (uses.get(run.run) || 0) + 1;
        uses.set(run.run, use);
        // Parts of one run in several files are judged, and shown, each on its own.
        if (use > 1) run.run += " (" + use + ")";
      }
      this.runs = gravestFirst(this.runs);
      this.run = this.runs.find(run => run.run === options.run) || this.runs[0];
      this.overlaid = [];
      this.charts = [];
      this.chosen = options.incident || null;
      this.number = spare.pop() || ++views;
      this.sync = global.uPlot.sync("foreshock-" + this.number);
      this.gone = false;
      this.dark = global.matchMedia("(prefers-color-scheme: dark)");
      this.listeners = [];
      /** What is to be done at a later frame: what it is, and how to call it off. */
      this.pending = new Map();
      this.listen(this.dark, "change", () => this.retheme());
      this.listen(global, "beforeprint", () => this.print(true));
      this.listen(global, "afterprint", () => this.print(false));
      this.sight = new IntersectionObserver(entries => this.seen(entries), {rootMargin: "200px"});
      this.sizes = new ResizeObserver(() => this.later("resize", () => this.charts.forEach(chart => chart.resize())));
      this.sizes.observe(element);
      element.classList.add("foreshock");
      this.setTheme(options.theme || "auto");
      this.range = options.range ? options.range.slice() : this.whole();
      this.layout();
      this.ready = this.firstDrawn().then(() => {
        if (options.incident) this.choose(options.incident);
        this.unpackTheRest();
      });
    }

    listen(target, event, act) {
      target.addEventListener(event, act);
      this.listeners.push(() => target.removeEventListener(event, act));
    }

    /** Does it once, at the first frame after so many milliseconds, however often it is asked to; never in a tab out of sight. */
    later(what, act, millis) {
      if (this.pending.has(what)) return;
      const timer = global.setTimeout(() => {
        const frame = global.requestAnimationFrame(() => {
          this.pending.delete(what);
          act();
        });
        this.pending.set(what, () => global.cancelAnimationFrame(frame));
      }, millis || 0);
      this.pending.set(what, () => global.clearTimeout(timer));
    }

    /* ---- what is shown */

    whole() {
      const runs = this.shownRuns().filter(run => run && run.attempts.length);
      if (!runs.length) return [0, 1];
      const first = Math.min(...runs.map(run => run.first()));
      return [first, Math.max(first + 1, ...runs.map(run => run.last()))];
    }

    isWhole() {
      const [first, last] = this.whole();
      return this.range[0] <= first && this.range[1] >= last;
    }

    shownRuns() {
      return [this.run, ...this.overlaid].filter(Boolean);
    }

    place(metric) {
      const known = this.doc.catalogue[metric];
      if (known) return known;
      const group = metric.startsWith("eval/") ? 0 : this.doc.groups.length - 1;
      return {group, panel: metric, log: false, low: false, meaning: ""};
    }

    /** Incidents whose series is drawn in this chart, or whose forecast is about it. */
    incidentsOn(chart) {
      if (!chart.names) return [];
      return this.run.incidents.filter(i => {
        const name = seriesOf(i.series).name;
        return chart.names.has(name) || chart.names.has(i.series);
      }).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    }

    colours() {
      return this.isDark() ? DARK : LIGHT;
    }

    lineColour(i) {
      const {lines} = this.colours();
      return lines[i % lines.length];
    }

    runColour(run) {
      return this.shownRuns().indexOf(run);
    }

    /* ---- theme and print */

    isDark() {
      return !this.printing && (this.themeName === "dark" || (this.themeName === "auto" && this.dark.matches));
    }

    setTheme(name) {
      this.themeName = name;
      this.retheme();
    }

    retheme() {
      this.element.dataset.theme = this.isDark() ? "dark" : "light";
      this.charts.forEach(chart => {
        chart.redraw();
        if (chart.plot) chart.read(null);
      });
      if (this.themeButton) {
        this.themeButton.replaceChildren(this.isDark() ? "Light" : "Dark");
        this.themeButton.setAttribute("aria-label", this.isDark() ? "light colours" : "dark colours");
      }
      if (this.legend) this.fillRuns();
    }

    /** Paper has all charts, in the width of a page. What is not yet unpacked is too late: it is unpacked while nobody waits. */
    print(on) {
      this.printing = on;
      this.element.classList.toggle("fs-printing", on);
      if (on) {
        this.charts.filter(chart => !chart.plot && chart.kind.wanted(chart).every(one => one.entry.timeline)).forEach(chart => chart.draw());
      }
      this.charts.forEach(chart => chart.resize());
      this.retheme();
    }

    /** Unpacks what was not in sight, while there is nothing else to do. */
    async unpackTheRest() {
      for (const chart of this.charts.slice()) {
        await new Promise(done => global.requestIdleCallback(done, {timeout: 500}));
        if (this.gone || !this.charts.includes(chart)) return;
        await chart.prepare();
      }
    }

    /** Makes every chart, also those that were never in sight: for paper. */
    async all() {
      for (const chart of this.charts) if (!chart.plot) await chart.make();
    }

    /* ---- layout */

    layout() {
      this.charts.forEach(chart => chart.unmake());
      this.charts = [];
      this.sight.disconnect();
      this.verdictBox = el("section", {class: "fs-verdict", "aria-live": "polite"});
      this.storyBox = el("nav", {class: "fs-story", "aria-label": "What happened, in order"});
      this.chartBox = el("div", {class: "fs-groups"});
      this.notesBox = el("div", {class: "fs-notes"});
      this.rangeText = el("output", {class: "fs-range", "aria-live": "polite"});
      const header = this.options.header === false ? null : this.head();
      this.element.replaceChildren(...[
        header,
        this.runs.length > 1 ? this.picker() : null,
        this.verdictBox,
        el("div", {class: "fs-columns"},
          el("aside", {class: "fs-side"}, this.storyBox),
          el("div", {class: "fs-main"}, this.toolbar(), this.chartBox)),
        this.notesBox,
      ].filter(Boolean));
      this.fill();
      this.fillCharts();
      const row = this.legend && this.legend.querySelector("[aria-current]");
      // Within its table only: the page stays where it is.
      if (row) row.closest(".fs-runs").scrollTop = row.offsetTop - 60;
    }

    head() {
      this.themeButton = el("button", {type: "button", class: "fs-button", onclick: () => this.setTheme(this.isDark() ? "light" : "dark")});
      const head = el("header", {class: "fs-head"},
        el("h1", {}, el("span", {class: "fs-brand"}, "Foreshock"), " ",
          this.runs.length === 1 ? foreign(this.run.run) : count(this.runs.length, "run")),
        this.themeButton);
      this.retheme();
      return head;
    }

    /** Which run is shown, and which are drawn over it. */
    picker() {
      const grades = this.runs.map(run => verdict(run, "").grade);
      const many = grade => grades.filter(g => g === grade).length;
      const said = [["critical", "critical"], ["warning", "warned of"], ["healthy", "healthy"]].filter(([grade]) => many(grade))
        .map(([grade, word]) => step(many(grade)) + " " + word).join(", ");
      this.legend = el("tbody", {});
      this.fillRuns();
      return el("details", {class: "fs-picker", open: true}, el("summary", {}, count(this.runs.length, "run") + ": " + said),
        el("div", {class: "fs-runs", tabindex: "0", role: "region", "aria-label": "runs"}, el("table", {},
          el("thead", {}, el("tr", {}, ["run", "steps", "verdict", "compare"].map(h => el("th", {scope: "col"}, h)))),
          this.legend)));
    }

    fillRuns() {
      const inside = document.activeElement && this.legend.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
      this.legend.replaceChildren(...this.runs.map(run => {
        const shown = run === this.run;
        const said = verdict(run, this.options.state && !run.end ? this.options.state(run) : "");
        const box = el("input", {type: "checkbox", "data-focus": "over" + run.run, "aria-label": "draw " + visible(run.run) + " over the shown run"});
        box.checked = this.overlaid.includes(run);
        box.addEventListener("change", () => this.overlay(this.overlaid.map(r => r.run).filter(name => name !== run.run)
          .concat(box.checked ? [run.run] : [])));
        const colour = this.overlaid.length && this.shownRuns().includes(run) ? swatch(this, this.runColour(run)) : null;
        return el("tr", {"aria-current": shown ? "true" : null},
          el("td", {}, el("button", {type: "button", class: "fs-pick", "data-focus": "run" + run.run, onclick: () => this.show(run.run)},
            el("span", {class: "fs-shape fs-" + said.grade, role: "img", "aria-label": said.grade}, SHAPES[said.grade] || "✓"), " ", foreign(run.run))),
          el("td", {class: "fs-number"}, step(run.rows)), el("td", {}, visible(said.sentence)),
          el("td", {}, shown ? null : box, colour));
      }));
      const again = inside && [...this.legend.querySelectorAll("[data-focus]")].find(node => node.dataset.focus === inside);
      if (again) again.focus();
    }

    toolbar() {
      const button = (label, help, act) => el("button", {type: "button", class: "fs-button", title: help, "aria-label": help, onclick: act}, label);
      return el("div", {class: "fs-toolbar", role: "toolbar", "aria-label": "steps shown"},
        this.rangeText,
        button("−", "zoom out", () => this.zoomBy(2)),
        button("+", "zoom in", () => this.zoomBy(0.5)),
        button("‹", "earlier steps", () => this.pan(-0.5)),
        button("›", "later steps", () => this.pan(0.5)),
        button("All", "all steps", () => this.zoomTo()),
        el("span", {class: "fs-help"}, "Drag to zoom, double click for all. On a focused chart: wheel, ← → + − 0."));
    }

    fill() {
      this.fillVerdict();
      this.fillStory();
      this.fillNotes();
      this.fillRange();
    }

    fillVerdict() {
      const run = this.run;
      if (!run) {
        this.verdictBox.replaceChildren(el("p", {class: "fs-sentence"}, "There is no run to show."));
        return;
      }
      const said = verdict(run, this.options.state && !run.end ? this.options.state(run) : "");
      const word = {healthy: "Healthy", info: "Waiting", warning: "Warning", critical: "Critical"}[said.grade];
      const facts = [
        ["steps", step(run.rows)],
        run.attempts.length > 1 ? ["resumes", step(run.attempts[run.attempts.length - 1].attempt)] : null,
        ["critical", step(run.incidents.filter(i => i.severity === "critical").length)],
        ["warnings", step(run.incidents.filter(i => i.severity === "warning").length)],
        ["notes", step(run.incidents.filter(i => i.severity === "info").length)],
        run.first_ts && run.last_ts > run.first_ts ? ["took", took(run.last_ts - run.first_ts)] : null,
      ].filter(Boolean);
      this.verdictBox.dataset.grade = said.grade;
      this.verdictBox.replaceChildren(
        el("div", {class: "fs-grade"}, SHAPES[said.grade] || "✓", " ", word),
        el("div", {class: "fs-said"},
          this.runs.length > 1 ? el("p", {class: "fs-of"}, foreign(run.run)) : null,
          el("p", {class: "fs-sentence"}, visible(said.sentence)), el("p", {class: "fs-how"}, said.how)),
        el("dl", {class: "fs-facts"}, facts.map(([name, value]) => el("div", {}, el("dd", {}, value), el("dt", {}, name)))));
    }

    fillStory() {
      const run = this.run;
      const opened = new Set([...this.storyBox.querySelectorAll("details[open]")].map(d => d.dataset.incident));
      const focused = document.activeElement && this.storyBox.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
      const told = run ? stories(run) : [];
      const grave = told.filter(story => story.some(i => i.severity !== "info"));
      const notes = told.filter(story => !grave.includes(story)).flat();
      const children = [el("h2", {}, "What happened")];
      if (!grave.length) children.push(el("p", {class: "fs-quiet"}, "No warning was raised."));
      grave.slice(0, 40).forEach((story, i) => {
        children.push(el("section", {class: "fs-chapter"},
          grave.length > 1 ? el("h3", {}, "Story " + (i + 1) + (story.length > 1 ? ", " + count(story.length, "incident") : "")) : null,
          el("ol", {}, story.slice(0, 60).map(incident => this.item(incident, opened)))));
      });
      if (grave.length > 40) children.push(el("p", {class: "fs-quiet"}, "… and " + step(grave.length - 40) + " more stories" + "."));
      if (notes.length) {
        children.push(el("section", {class: "fs-chapter"}, el("h3", {}, "Worth knowing"),
          el("ol", {}, notes.slice(0, 60).map(incident => this.item(incident, opened)))));
      }
      if (run && run.forgotten) children.push(el("p", {class: "fs-quiet"}, count(run.forgotten, "milder incident") + " not shown."));
      this.storyBox.replaceChildren(...children);
      if (focused) {
        const again = [...this.storyBox.querySelectorAll("[data-focus]")].find(node => node.dataset.focus === focused);
        if (again) again.focus({preventScroll: true});
      }
    }

    item(incident, opened) {
      const run = this.run;
      const end = endOf(incident);
      const steps = "from step " + step(incident.onset_step) + ", found at " + step(incident.detected_step)
        + (end === null ? (run.end ? ", never over" : ", open") : ", over at " + step(end));
      const go = el("button", {
        type: "button", class: "fs-go", "data-focus": "go" + incident.id, "aria-current": this.chosen === incident.id ? "true" : null,
        title: "show these steps in the charts", onclick: () => {
          this.choose(incident.id);
          if (this.options.onIncident) this.options.onIncident(incident);
        },
      }, shape(incident.severity), el("span", {class: "fs-what"}, foreign(title(run, incident.signature)), el("small", {}, steps)));
      const cause = incident.cause ? run.incidents.find(i => i.id === incident.cause) : null;
      const f = incident.forecast;
      const facts = [
        ["value", [number(incident.value), unit(incident), " against a threshold of ", number(incident.threshold)]],
        ["series", [foreign(incident.series), incident.series_count > 1 ? " and " + step(incident.series_count - 1) + " more" : ""]],
        f ? ["forecast", [foreign(f.quantity), " reaches " + number(f.level) + " about step " + step(f.step) + " (" + step(f.low) + " to "
          + (f.high === null ? "never" : step(f.high)) + ")"]] : null,
        cause ? ["follows from", [foreign(title(run, cause.signature)), " at step " + step(cause.detected_step)]] : null,
        incident.acknowledged ? ["acknowledged", ["by ", foreign(incident.acknowledged.by), incident.acknowledged.note ? ": " : "",
          foreign(incident.acknowledged.note || "")]] : null,
        incident.muted ? ["muted", ["calls nobody"]] : null,
        incident.reference ? ["source", [foreign(incident.reference)]] : null,
      ].filter(Boolean);
      const actions = (this.options.actions ? this.options.actions(incident) : []).map(action =>
        el("button", {type: "button", class: "fs-button", title: action.title, "data-focus": action.label + incident.id, onclick: () => action.act()}, action.label));
      const more = el("details", {"data-incident": incident.id}, el("summary", {"data-focus": "more" + incident.id}, "details and advice"),
        el("dl", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
        incident.advice.length ? el("ul", {class: "fs-advice"}, incident.advice.map(line => el("li", {}, foreign(line)))) : null);
      more.open = opened.has(incident.id);
      return el("li", {class: "fs-incident", "data-incident": incident.id, "data-severity": incident.severity},
        go, el("p", {class: "fs-summary"}, foreign(incident.summary)), more, actions.length ? el("div", {class: "fs-actions"}, actions) : null);
    }

    fillNotes() {
      const run = this.run;
      if (!run) return;
      const blind = run.not_evaluable;
      const parts = [];
      if (blind.length) {
        parts.push(el("details", {class: "fs-note", open: true}, el("summary", {}, "Not evaluable: " + count(blind.length, "signature")
          + " cannot see this run"),
          el("p", {class: "fs-quiet"}, "Silence of these means nothing. Log what is missing and they can judge."),
          el("table", {}, el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "signature"), el("th", {scope: "col"}, "never logged"))),
            el("tbody", {}, blind.map(b => el("tr", {}, el("td", {}, foreign(title(run, b.signature))),
              el("td", {}, b.missing.length ? foreign(b.missing.join(", ")) : "enough of its inputs")))))));
      }
      if (run.undrawn && run.undrawn.count) {
        parts.push(el("p", {class: "fs-note"}, count(run.undrawn.count, "metric") + " beyond the first 4,096 series are judged but not drawn: ",
          foreign(run.undrawn.names.join(", "))));
      }
      const forecastLine = run.forecasts.length ? run.forecasts[run.forecasts.length - 1] : null;
      if (forecastLine) {
        parts.push(el("p", {class: "fs-note"}, "Loss forecast at step " + step(forecastLine.at) + ", the rate staying as it was: "
          + number(forecastLine.value) + " at step " + step(forecastLine.step) + " (" + number(forecastLine.low) + " to " + number(forecastLine.high) + ")."));
      }
      if (run.settings) {
        parts.push(el("details", {class: "fs-note"}, el("summary", {}, "Settings this run was judged by"), el("pre", {tabindex: "0"}, visibleLines(run.settings))));
      }
      const versions = Object.entries(this.doc.versions).map(([name, version]) => visible(name + " " + version)).join(" · ");
      parts.push(el("p", {class: "fs-foot"}, versions + (this.doc.made ? " · made " + visible(this.doc.made) : "")));
      this.notesBox.replaceChildren(...parts);
    }

    fillRange() {
      const [first, last] = this.range;
      this.rangeText.textContent = (this.isWhole() ? "All steps, " : "Steps ") + step(first) + " to " + step(last);
    }

    fillCharts() {
      const run = this.run;
      if (!run) return;
      const panels = new Map();
      const want = (name, kind, metric) => {
        const place = this.place(name);
        const id = place.group + "\u0000" + place.panel + "\u0000" + kind.name;
        if (!panels.has(id)) panels.set(id, {group: place.group, panel: place.panel, kind, metric, meaning: []});
        panels.get(id).meaning.push(place.meaning);
      };
      for (const shown of this.shownRuns()) {
        for (const entry of shown.metrics.values()) {
          if (!entry.layers) {
            want(entry.name, Lines, entry.name);
          } else {
            if (shown === run) want(entry.name, Heat, entry.name);
            want(entry.name, Worst, entry.name);
          }
        }
      }
      const order = Object.keys(this.doc.catalogue);
      const rank = panel => {
        const at = order.findIndex(name => this.doc.catalogue[name].panel === panel.panel);
        return at < 0 ? order.length : at;
      };
      const all = [...panels.values()].sort((a, b) => a.group - b.group || rank(a) - rank(b));
      const sections = [];
      if (run.incidents.length) {
        const lanes = new Chart(this, "Incidents", Lanes, {lanes: () => lanesOf(this.run.incidents)});
        this.charts.push(lanes);
        sections.push(el("section", {class: "fs-group fs-wide"}, lanes.figure));
      }
      if (run.comparison) {
        sections.push(this.comparison(run));
      }
      this.doc.groups.forEach((name, group) => {
        const mine = all.filter(panel => panel.group === group);
        if (!mine.length) return;
        const grid = el("div", {class: "fs-grid"});
        let pair = null;
        // Lines first: rows of the grid are of one height then.
        for (const panel of mine.filter(p => p.kind === Lines).concat(mine.filter(p => p.kind !== Lines))) {
          const own = {metric: panel.metric};
          if (panel.kind === Heat) {
            own.entry = () => [...this.run.metrics.values()].find(e => e.layers && e.name === panel.metric);
            own.rows = Math.max(1, own.entry().layers) * Math.max(1, own.entry().heads);
          }
          const chart = new Chart(this, panel.panel, panel.kind, own);
          const meaning = [...new Set(panel.meaning.filter(Boolean))].join("; ");
          if (meaning) chart.caption.title = meaning;
          if (panel.kind === Worst) chart.caption.querySelector(".fs-chart-title").replaceChildren("worst of them");
          if (panel.kind === Lines) {
            grid.append(chart.figure);
          } else {
            if (panel.kind === Heat || !pair) grid.append((pair = el("div", {class: "fs-pair"})));
            pair.append(chart.figure);
          }
          this.charts.push(chart);
        }
        sections.push(el("section", {class: "fs-group" + (grid.children.length > 1 ? " fs-wide" : "")}, el("h2", {}, name), grid));
      });
      this.chartBox.replaceChildren(...sections);
      this.charts.forEach(chart => {
        this.sight.observe(chart.figure);
        chart.figure.chart = chart;
      });
    }

    /** Two lanes a signature: what the one configuration said, and the other. */
    comparison(run) {
      const [a, b] = run.comparison.sides;
      const lanes = () => {
        const slugs = [...new Set([...lanesOf(a.incidents), ...lanesOf(b.incidents)].map(lane => lane.label))];
        return slugs.flatMap(slug => [[a, "A", true], [b, "B", false]].map(([side, letter, hollow]) => ({
          label: slug + "  " + letter, hollow, incidents: side.incidents.filter(i => i.signature === slug),
        })));
      };
      const chart = new Chart(this, "What another configuration would have said", Lanes, {lanes});
      this.charts.push(chart);
      const rows = difference(a.incidents, b.incidents, run.comparison.pairs).map(d => el("tr", {"data-change": d.change}, el("td", {}, foreign(title(run, d.signature))),
        el("td", {}, d.a ? step(d.a.detected_step) : "–"), el("td", {}, d.b ? step(d.b.detected_step) : "–"), el("td", {}, d.words)));
      return el("section", {class: "fs-group fs-wide fs-comparison"}, el("h2", {}, "Another configuration"),
        el("p", {class: "fs-quiet"}, "A, in outline: ", foreign(a.name), ". B, filled: ", foreign(b.name), "."), chart.figure,
        el("table", {}, el("thead", {}, el("tr", {}, ["signature", "found by A", "found by B", "difference"].map(h => el("th", {scope: "col"}, h)))),
          el("tbody", {}, rows)));
    }

    seen(entries) {
      for (const entry of entries) {
        const chart = entry.target.chart;
        chart.visible = entry.isIntersecting;
        if (!chart.visible) continue;
        if (!chart.plot || chart.dirty) chart.making = chart.make();
        else chart.applyRange();
      }
      if (this.sighted) this.sighted();
    }

    firstDrawn() {
      if (!this.charts.length) return Promise.resolve();
      return new Promise(done => (this.sighted = done)).then(() => Promise.all(this.charts.filter(c => c.visible).map(c => c.making)));
    }

    /* ---- zoom */

    zoomTo(first, last) {
      const [low, high] = this.whole();
      if (first === undefined || last === undefined || first === null || last === null) {
        this.range = [low, high];
      } else {
        const room = Math.max(1, high - low);
        const span = Math.max(2, Math.min(last - first, room));
        const middle = (first + last) / 2;
        const from = Math.max(low, Math.min(high - span, middle - span / 2));
        this.range = [from, Math.min(Math.max(high, low + span), from + span)];
      }
      this.fillRange();
      this.charts.forEach(chart => {
        if (chart.visible && !chart.dirty) chart.applyRange();
      });
      if (this.options.onRange) this.options.onRange(Math.round(this.range[0]), Math.round(this.range[1]), this.isWhole());
    }

    zoomBy(factor, at) {
      const [first, last] = this.range;
      const about = at === undefined ? (first + last) / 2 : at;
      this.zoomTo(about - (about - first) * factor, about + (last - about) * factor);
    }

    pan(share) {
      const [first, last] = this.range;
      const by = (last - first) * share;
      this.zoomTo(first + by, last + by);
    }

    keys(event) {
      if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
      const acts = {
        ArrowLeft: () => this.pan(event.shiftKey ? -0.5 : -0.1), ArrowRight: () => this.pan(event.shiftKey ? 0.5 : 0.1),
        "+": () => this.zoomBy(0.5), "=": () => this.zoomBy(0.5), "-": () => this.zoomBy(2), "0": () => this.zoomTo(), Home: () => this.zoomTo(),
      };
      if (acts[event.key]) {
        event.preventDefault();
        acts[event.key]();
      }
    }

    choose(id) {
      const incident = this.run && this.run.incidents.find(i => i.id === id);
      this.chosen = incident ? id : null;
      if (incident) {
        const rows = Math.max(1, (this.run.last() - this.run.first()) / Math.max(1, this.run.rows));
        const until = incident.forecast && incident.forecast.step < this.run.last() ? incident.forecast.step : incident.detected_step;
        const end = Math.max(until, endOf(incident) === null ? incident.detected_step : Math.min(endOf(incident), incident.detected_step + 400 * rows));
        const pad = Math.max(24 * rows, (end - incident.onset_step) * 0.4);
        this.zoomTo(incident.onset_step - pad, end + pad);
      }
      this.storyBox.querySelectorAll(".fs-go").forEach(node => {
        if (node.dataset.focus === "go" + id) node.setAttribute("aria-current", "true");
        else node.removeAttribute("aria-current");
      });
      this.charts.forEach(chart => chart.redraw());
    }

    /* ---- other runs, new rows */

    show(name) {
      const run = this.named(name);
      this.run = run;
      this.overlaid = this.overlaid.filter(one => one !== run);
      this.chosen = null;
      this.range = this.whole();
      this.layout();
    }

    overlay(names) {
      this.overlaid = names.map(name => this.named(name)).filter(run => run !== this.run);
      const all = this.isWhole();
      this.rechart();
      if (this.legend) this.fillRuns();
      if (all) this.zoomTo();
    }

    named(name) {
      const run = name === undefined || name === null ? this.run : this.runs.find(one => one.run === name);
      if (!run) throw new Error("the document holds no run " + name);
      return run;
    }

    rechart() {
      this.charts.forEach(chart => chart.unmake());
      this.sight.disconnect();
      this.charts = [];
      this.fillCharts();
      this.later("unpack", () => this.unpackTheRest());
    }

    append(rows, name) {
      const run = this.named(name);
      const followed = this.isWhole();
      const [, before] = this.whole();
      let fresh = false;
      for (const row of Array.isArray(rows) ? rows : [rows]) fresh = run.append(row) || fresh;
      if (!this.shownRuns().includes(run)) return;
      if (fresh) this.later("rechart", () => this.rechart());
      if (followed && this.whole()[1] !== before) this.range = this.whole();
      this.later("refresh", () => {
        this.fillVerdict();
        this.fillRange();
        this.charts.forEach(chart => chart.refresh());
      }, 250);
    }

    incident(change, name) {
      const run = this.named(name);
      const first = !run.incidents.length;
      run.change(change);
      if (this.legend) this.later("runs", () => this.fillRuns());
      if (run !== this.run) return;
      if (first) this.later("rechart", () => this.rechart());
      this.later("story", () => {
        this.fillVerdict();
        this.fillStory();
        this.charts.forEach(chart => {
          if (chart.kind === Lanes) {
            chart.body.style.height = Lanes.height(chart) + "px";
            chart.dirty = true;
          }
          chart.refresh();
        });
      });
    }

    signals(row, name) {
      const run = this.named(name);
      Object.assign(run.verdicts, row.verdicts);
      for (const [slug, said] of Object.entries(row.verdicts || {})) {
        run.not_evaluable = run.not_evaluable.filter(b => b.signature !== slug);
        if (said === "not_evaluable") run.not_evaluable.push({signature: slug, missing: (row.missing || {})[slug] || []});
      }
      const loss = row.forecasts && row.forecasts.loss;
      if (loss) {
        run.forecasts.push({at: row.step, step: loss.step, value: loss.value, low: loss.low, high: loss.high});
        if (run.forecasts.length > 512) run.forecasts = run.forecasts.filter((f, i) => i % 2 === 0);
      }
      if (run === this.run && (loss || Object.keys(row.verdicts || {}).length)) {
        this.later("notes", () => {
          this.fillVerdict();
          this.fillNotes();
        });
      }
    }

    ended(how, name) {
      const run = this.named(name);
      run.end = how;
      if (run === this.run) {
        this.fillVerdict();
        this.charts.forEach(chart => chart.redraw());
      }
    }

    inspect() {
      return {
        run: this.run ? this.run.run : null,
        range: this.range.slice(),
        theme: this.isDark() ? "dark" : "light",
        chosen: this.chosen,
        charts: this.charts.map(chart => ({
          panel: chart.panel,
          kind: chart.kind.name,
          unpacked: chart.kind.wanted(chart).every(one => one.entry.timeline),
          drawn: Boolean(chart.plot),
          names: chart.names ? [...chart.names] : [],
          points: chart.plot ? chart.plot.data[0].length : 0,
          pointsInRange: chart.plot ? chart.plot.data[0].filter(x => x >= this.range[0] && x <= this.range[1]).length : 0,
          lines: chart.plot ? chart.plot.series.length - 1 : 0,
          left: chart.plot ? chart.plot.over.getBoundingClientRect().left : 0,
          width: chart.plot ? chart.plot.over.clientWidth : 0,
          range: chart.plot ? [chart.plot.scales.x.min, chart.plot.scales.x.max] : null,
          log: Boolean(chart.log),
          bands: chart.plot ? chart.bands : [],
        })),
      };
    }

    destroy() {
      if (this.gone) return;
      this.gone = true;
      spare.push(this.number);
      // A tab out of sight has no frames: what waits for one would hold the view until somebody looks.
      this.pending.forEach(callOff => callOff());
      this.listeners.forEach(off => off());
      this.sight.disconnect();
      this.sizes.disconnect();
      this.charts.forEach(chart => chart.unmake());
      this.charts = [];
      this.element.replaceChildren();
      this.element.classList.remove("foreshock");
    }
  }

  global.Foreshock = {
    mount(element, doc, options) {
      const view = new View(element, doc, options || {});
      return {
        ready: view.ready,
        append: (rows, run) => view.append(rows, run),
        incident: (change, run) => view.incident(change, run),
        signals: (row, run) => view.signals(row, run),
        ended: (how, run) => view.ended(how, run),
        show: run => view.show(run),
        overlay: runs => view.overlay(runs),
        zoomTo: (first, last) => view.zoomTo(first, last),
        choose: id => view.choose(id),
        theme: name => view.setTheme(name),
        all: () => view.all(),
        inspect: () => view.inspect(),
        destroy: () => view.destroy(),
      };
    },
  };
})(window, window.ForeshockParts = window.ForeshockParts || {});
