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
 *   append(rows, run)      rows as ViewJson.row writes them, one or many, ascending; run by name, or the one shown
 *   incident(change, run)  a change of an incident as in topic foreshock.alerts
 *   signals(row, run)      a row as in topic foreshock.signals: verdicts and the forecast of the loss, not its values
 *   ended(how, run)        "finished", "failed", "stopped", or null when it goes on
 *   show(run)              shows another run of the document
 *   overlay(runs)          draws these runs over the one shown, on the same axis
 *   zoomTo(first, last)    shows these steps in all charts; without arguments all of them
 *   choose(id)             shows an incident: marks it, zooms there
 *   theme(name)            "auto", "light" or "dark"
 *   inspect()              what is drawn: {run, range, theme, charts:[{panel, drawn, left, width, range, bands:[…]}]}; pixels are
 *                          CSS pixels from the left of the plot
 *   destroy()              takes everything away, listeners included
 *
 * Memory is bounded however long rows are appended: a timeline holds at most CAPACITY buckets, merged as in
 * io.foreshock.view.Timeline. Text from outside is only ever set as text.
 */
(function (global) {
  "use strict";

  /** The form of documents this script reads, ViewJson.FORMAT. */
  const FORMAT = 1;
  /** Buckets a timeline may hold while rows are appended. */
  const CAPACITY = 4096;
  /** Numbers a bucket has of a series: first, smallest, largest, last. */
  const NUMBERS = 4;
  const MARKS = [[1, "NaN"], [2, "Infinity"], [4, "−Infinity"]];
  const SEVERITIES = ["info", "warning", "critical"];
  /** Signatures that are no sign of trouble ahead but the trouble itself. */
  const HARM = ["loss_spike", "loss_divergence", "non_finite"];
  const SHAPES = {info: "●", warning: "▲", critical: "◆"};
  const VIRIDIS = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

  /* ---------------------------------------------------------------- numbers and words */

  const whole = new Intl.NumberFormat("en-US", {maximumFractionDigits: 0});

  function step(value) {
    return whole.format(Math.round(value));
  }

  /** Four significant digits: 57.23, 0.0003, 1.2e-9. */
  function number(value) {
    if (value === null || value === undefined) return "–";
    if (typeof value === "string") return value;
    if (!Number.isFinite(value)) return String(value);
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e6) {
      return new Intl.NumberFormat("en-US", {maximumSignificantDigits: 4}).format(value);
    }
    return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  }

  function count(many, noun) {
    return step(many) + " " + noun + (many === 1 ? "" : "s");
  }

  function title(run, slug) {
    return run.titles[slug] || slug;
  }

  /** An element with these properties and children; text becomes text, never markup. */
  function el(name, properties, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "class") node.className = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children.flat()) {
      if (child !== null && child !== undefined && child !== false) node.append(child);
    }
    return node;
  }

  /** Text from outside: kept apart from the writing direction of what is around it, control characters made visible. */
  function foreign(text, properties) {
    return el("bdi", properties, visible(text));
  }

  function visible(text) {
    return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
      c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
  }

  /* ---------------------------------------------------------------- columns and timelines */

  function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  async function column(packed) {
    const stream = new Blob([bytesOf(packed.data)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const sorted = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = packed.type === "f8" ? 8 : packed.type === "f4" ? 4 : 1;
    if (size === 1) return sorted;
    const bytes = new Uint8Array(sorted.length);
    const n = packed.count;
    for (let b = 0; b < size; b++) {
      for (let i = 0, from = b * n, to = b; i < n; i++, from++, to += size) bytes[to] = sorted[from];
    }
    return size === 8 ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  }

  /** The buckets of an axis, unpacked. */
  async function axisOf(packed) {
    const [steps, spans, rows] = await Promise.all([column(packed.steps), column(packed.spans), column(packed.rows)]);
    const attempts = new Int32Array(steps.length);
    packed.attempts.forEach(([from, attempt], i) => {
      const to = i + 1 < packed.attempts.length ? packed.attempts[i + 1][0] : steps.length;
      attempts.fill(attempt, from, to);
    });
    const last = new Float64Array(steps.length);
    for (let i = 0; i < steps.length; i++) {
      if (i > 0) steps[i] += steps[i - 1];
      last[i] = steps[i] + spans[i];
    }
    return {first: steps, last, rows, attempts};
  }

  /** The course of one metric, as io.foreshock.view.Timeline keeps it. */
  class Timeline {
    constructor(series) {
      this.series = series;
      this.count = 0;
      this.width = 1;
      this.version = 0;
      this.grow(64);
    }

    grow(room) {
      const copy = (old, Type, size) => {
        const fresh = new Type(size);
        if (old) fresh.set(old.subarray(0, Math.min(old.length, size)));
        return fresh;
      };
      this.first = copy(this.first, Float64Array, room);
      this.last = copy(this.last, Float64Array, room);
      this.rows = copy(this.rows, Float64Array, room);
      this.attempts = copy(this.attempts, Int32Array, room);
      this.values = copy(this.values, this.values ? this.values.constructor : Float32Array, room * this.series * NUMBERS);
      this.marks = copy(this.marks, Uint8Array, room * this.series);
      this.room = room;
    }

    static async of(axis, metric) {
      const series = Math.max(1, metric.layers) * Math.max(1, metric.heads);
      const [values, marks] = await Promise.all([column(metric.values), metric.marks ? column(metric.marks) : null]);
      const timeline = new Timeline(series);
      timeline.values = new values.constructor(0);
      timeline.grow(axis.first.length + 64);
      const n = axis.first.length;
      timeline.count = n;
      timeline.first.set(axis.first);
      timeline.last.set(axis.last);
      timeline.rows.set(axis.rows);
      timeline.attempts.set(axis.attempts);
      let from = 0;
      for (let k = 0; k < series; k++) {
        for (let i = 0; i < n; i++) {
          const to = (i * series + k) * NUMBERS;
          if (axis.rows[i] === 1) {
            timeline.values.fill(values[from++], to, to + NUMBERS);
          } else {
            for (let j = 0; j < NUMBERS; j++) timeline.values[to + j] = values[from++];
          }
          if (marks) timeline.marks[i * series + k] = marks[k * n + i];
        }
      }
      for (let i = 0; i < n; i++) timeline.width = Math.max(timeline.width, axis.rows[i]);
      return timeline;
    }

    /** Takes in a row; values as on the wire, flat: numbers, null, "NaN", "Infinity". */
    add(attempt, at, flat) {
      const i = this.count - 1;
      if (i >= 0 && this.attempts[i] === attempt && at <= this.last[i]) return;
      if (this.count === this.room) this.grow(this.room * 2);
      const b = this.count++;
      this.first[b] = this.last[b] = at;
      this.rows[b] = 1;
      this.attempts[b] = attempt;
      for (let k = 0; k < this.series; k++) {
        const value = flat[k] === null || flat[k] === undefined ? null : Number(flat[k]);
        const mark = value === null || Number.isFinite(value) ? 0 : Number.isNaN(value) ? 1 : value > 0 ? 2 : 4;
        if (value !== null && !mark && !Number.isFinite(Math.fround(value)) && this.values instanceof Float32Array) {
          this.values = Float64Array.from(this.values);
        }
        const to = (b * this.series + k) * NUMBERS;
        this.values.fill(value === null || mark ? NaN : value, to, to + NUMBERS);
        this.marks[b * this.series + k] = mark;
      }
      this.version++;
    }

    /** Merges neighbours until the timeline has room again; rows close to these steps stay as they are. */
    fit(capacity, closeups) {
      if (this.count <= capacity) return;
      const room = capacity - (capacity >> 2);
      let total = 0;
      for (let i = 0; i < this.count; i++) total += this.rows[i];
      this.merge(this.kept(capacity, closeups));
      while (this.count > room && this.width < total) {
        this.width *= 2;
        this.merge(this.kept(capacity, closeups));
      }
      if (this.count > room) this.drop(this.count - room);
      this.version++;
    }

    kept(capacity, closeups) {
      const kept = new Uint8Array(this.count);
      let left = Math.floor(capacity / 3);
      for (const [from, to] of closeups) {
        const inside = [];
        for (let i = 0; i < this.count; i++) {
          if (!kept[i] && this.first[i] <= to && this.last[i] >= from) inside.push(i);
        }
        if (inside.length <= left) {
          left -= inside.length;
          inside.forEach(i => (kept[i] = 1));
        }
      }
      kept.fill(1, Math.max(0, this.count - Math.floor(capacity / 6)));
      return kept;
    }

    merge(kept) {
      let out = 0;
      for (let i = 0; i < this.count; i++) {
        if (out > 0 && !kept[i] && !kept[i - 1] && this.attempts[out - 1] === this.attempts[i]
            && this.rows[out - 1] + this.rows[i] <= this.width) {
          this.absorb(out - 1, i);
        } else {
          if (out !== i) this.move(i, out, 1);
          out++;
        }
      }
      this.count = out;
    }

    absorb(into, from) {
      this.last[into] = this.last[from];
      this.rows[into] += this.rows[from];
      const v = this.values;
      const either = (one, other) => (Number.isNaN(one) ? other : one);
      for (let k = 0; k < this.series; k++) {
        const a = (into * this.series + k) * NUMBERS;
        const b = (from * this.series + k) * NUMBERS;
        v[a] = either(v[a], v[b]);
        v[a + 1] = Math.min(either(v[a + 1], v[b + 1]), either(v[b + 1], v[a + 1]));
        v[a + 2] = Math.max(either(v[a + 2], v[b + 2]), either(v[b + 2], v[a + 2]));
        v[a + 3] = either(v[b + 3], v[a + 3]);
        this.marks[into * this.series + k] |= this.marks[from * this.series + k];
      }
    }

    move(from, to, buckets) {
      for (const array of [this.first, this.last, this.rows, this.attempts]) array.copyWithin(to, from, from + buckets);
      const n = this.series;
      this.values.copyWithin(to * n * NUMBERS, from * n * NUMBERS, (from + buckets) * n * NUMBERS);
      this.marks.copyWithin(to * n, from * n, (from + buckets) * n);
    }

    drop(gone) {
      this.move(gone, 0, this.count - gone);
      this.count -= gone;
    }

    value(bucket, k, which) {
      return this.values[(bucket * this.series + k) * NUMBERS + which];
    }

    mark(bucket, k) {
      return this.marks[bucket * this.series + k];
    }

    /** The lines of series k, one an attempt: steps ascending, null where nothing finite is. */
    lines(k) {
      const lines = [];
      let line = null;
      for (let i = 0; i < this.count; i++) {
        if (!line || line.attempt !== this.attempts[i]) {
          line = {attempt: this.attempts[i], xs: [], ys: [], marks: []};
          lines.push(line);
        }
        const at = (i * this.series + k) * NUMBERS;
        const from = this.first[i];
        const span = this.last[i] - from;
        const put = (x, y) => {
          line.xs.push(x);
          line.ys.push(Number.isNaN(y) ? null : y);
        };
        if (this.rows[i] === 1 || span === 0) {
          put(from, this.values[at + 3]);
        } else {
          const [a, low, high, z] = this.values.subarray(at, at + NUMBERS);
          const rises = z >= a;
          put(from, a);
          put(from + span / 3, rises ? low : high);
          put(from + 2 * span / 3, rises ? high : low);
          put(from + span, z);
        }
        if (this.mark(i, k)) line.marks.push([from, this.mark(i, k)]);
      }
      return lines;
    }

    /** The bucket at a step of the latest attempt that has one, or of the nearest before; -1 if there is none. */
    at(value) {
      let best = -1;
      for (let end = this.count; end > 0;) {
        const attempt = this.attempts[end - 1];
        let begin = end - 1;
        while (begin > 0 && this.attempts[begin - 1] === attempt) begin--;
        if (this.first[begin] <= value) {
          let low = begin, high = end - 1;
          while (low < high) {
            const middle = (low + high + 1) >> 1;
            if (this.first[middle] <= value) low = middle;
            else high = middle - 1;
          }
          if (best < 0 || this.last[low] > this.last[best]) best = low;
          if (this.last[low] >= value) return low;
        }
        end = begin;
      }
      return best;
    }
  }

  /** One run: what the document says of it, and its timelines, unpacked when they are asked for. */
  class Run {
    constructor(json) {
      Object.assign(this, json);
      this.metrics = new Map();
      this.packedAxes = json.axes || [];
      this.axes = [];
      for (const metric of json.metrics || []) {
        const entry = {name: metric.name, layers: metric.layers, heads: metric.heads, packed: metric, timeline: null};
        this.metrics.set(key(metric.name, metric.layers, metric.heads), entry);
      }
    }

    axis(index) {
      this.axes[index] = this.axes[index] || axisOf(this.packedAxes[index]);
      return this.axes[index];
    }

    async timeline(entry) {
      if (!entry.timeline) {
        entry.loading = entry.loading || (async () => {
          const made = await Timeline.of(await this.axis(entry.packed.axis), entry.packed);
          // What came while it was unpacked comes after it.
          for (const [attempt, at, flat] of entry.waiting || []) made.add(attempt, at, flat);
          entry.waiting = null;
          entry.packed = null;
          entry.timeline = made;
        })();
        await entry.loading;
      }
      return entry.timeline;
    }

    first() {
      return this.attempts.length ? Math.min(...this.attempts.map(a => a.first_step)) : 0;
    }

    last() {
      return this.attempts.length ? Math.max(...this.attempts.map(a => a.last_step)) : 0;
    }

    /** Steps of incidents, with some room, the most important first. */
    closeups() {
      const margin = 40 * Math.max(1, (this.last() - this.first()) / Math.max(1, this.rows));
      return this.incidents.filter(i => i.severity !== "info")
        .flatMap(i => [[i.onset_step - margin, i.onset_step + margin], [i.detected_step - margin, i.detected_step + margin]]);
    }

    append(row) {
      const now = this.attempts[this.attempts.length - 1];
      if (now && now.attempt === row.attempt) {
        now.last_step = Math.max(now.last_step, row.step);
      } else {
        this.attempts.push({attempt: row.attempt, first_step: row.step, last_step: row.step});
      }
      this.rows++;
      if (row.ts) this.last_ts = row.ts;
      let fresh = false;
      for (const [name, value] of Object.entries(row.metrics)) {
        const layers = Array.isArray(value) ? value.length : 0;
        const heads = layers && Array.isArray(value[0]) ? value[0].length : 0;
        const flat = heads ? value.flat() : layers ? value : [value];
        const id = key(name, layers, heads);
        let entry = this.metrics.get(id);
        if (!entry) {
          entry = {name, layers, heads, packed: null, timeline: new Timeline(flat.length)};
          this.metrics.set(id, entry);
          fresh = true;
        }
        if (entry.timeline) {
          entry.timeline.add(row.attempt, row.step, flat);
          entry.timeline.fit(Math.max(256, Math.min(CAPACITY, Math.floor(1e6 / flat.length))), this.closeups());
        } else if ((entry.waiting = entry.waiting || []).push([row.attempt, row.step, flat]) > CAPACITY) {
          this.timeline(entry);
        }
      }
      return fresh;
    }

    change(incident) {
      const known = this.incidents.find(i => i.id === incident.id);
      const {step: at, status, severity, value, forecast} = incident;
      const change = {step: at, status, severity, value, forecast};
      const changes = known ? known.changes : [];
      changes.push(change);
      if (changes.length > 32) changes.splice(16, 1);
      if (known) {
        Object.assign(known, incident, {changes});
      } else {
        this.incidents.push(Object.assign({}, incident, {changes}));
        if (this.incidents.length > 1000) this.incidents.shift();
      }
    }
  }

  function key(name, layers, heads) {
    return name + "\u0000" + layers + "x" + heads;
  }

  /** "attention_logit_max[1][0]" is series 1 * heads + 0 of "attention_logit_max". */
  function seriesOf(text) {
    const found = /^(.*?)(?:\[(\d+)\])?(?:\[(\d+)\])?$/s.exec(text);
    return {name: found[1], layer: found[2] === undefined ? -1 : Number(found[2]), head: found[3] === undefined ? -1 : Number(found[3])};
  }

  function placeName(entry, k) {
    if (!entry.layers) return "";
    return entry.heads ? "layer " + Math.floor(k / entry.heads) + ", head " + (k % entry.heads) : "layer " + k;
  }

  function endOf(incident) {
    return incident.status === "resolved" ? incident.step : null;
  }

  /* ---------------------------------------------------------------- verdict and story */

  function serious(run) {
    return run.incidents.filter(i => i.severity !== "info");
  }

  /** The run in a sentence, and how bad it is. */
  function verdict(run, state) {
    const trouble = serious(run).sort((a, b) => a.detected_step - b.detected_step);
    const name = i => title(run, i.signature).toLowerCase();
    const how = run.end === "failed" ? "The run failed at step " + step(run.last()) + "."
      : run.end === "finished" ? "It finished after " + count(run.rows, "step") + "."
        : run.end === "stopped" ? "It was stopped at step " + step(run.last()) + "."
          : state || "The log ends at step " + step(run.last()) + ".";
    if (!run.rows) return {grade: "info", sentence: "No step of this run has been seen yet.", how};
    if (!trouble.length) {
      const blind = run.not_evaluable.length;
      const of = Object.keys(run.verdicts).length;
      const seen = blind ? " " + (of - blind) + " of " + of + " signatures could be judged." : "";
      return {
        grade: "healthy",
        sentence: run.end === "finished" ? "Stayed healthy, and nobody was called." : run.end === "failed"
          ? "Failed without a warning: nothing in its telemetry announced it." : state ? "Nothing to report so far." : "Nothing to report.",
        how: how + seen,
      };
    }
    const first = trouble[0];
    const open = trouble.filter(i => i.status !== "resolved").length;
    const critical = trouble.filter(i => i.severity === "critical").sort((a, b) => criticalStep(a) - criticalStep(b))[0];
    const harm = trouble.filter(i => HARM.includes(i.signature)).sort((a, b) => a.onset_step - b.onset_step)[0];
    const found = name(first) + ", found at step " + step(first.detected_step);
    const facts = [];
    let sentence;
    if (harm && harm !== first && harm.onset_step > first.detected_step) {
      sentence = "Warned " + count(harm.onset_step - first.detected_step, "step") + " before the loss suffered: " + found + ".";
      facts.push(capital(name(harm)) + " from step " + step(harm.onset_step) + ", found at " + step(harm.detected_step) + ".");
      if (critical) facts.push("Critical since step " + step(criticalStep(critical)) + ".");
    } else if (critical && criticalStep(critical) > first.detected_step) {
      sentence = "Warned " + count(criticalStep(critical) - first.detected_step, "step") + " before it turned critical: " + found + ".";
      facts.push((critical === first ? "Critical" : capital(name(critical)) + ", critical") + " since step " + step(criticalStep(critical)) + ".");
    } else if (critical) {
      sentence = "Critical from the first alert on: " + found + ".";
    } else {
      sentence = "First trouble: " + found + ", since step " + step(first.onset_step) + ".";
    }
    facts.push(how, open ? count(open, "incident") + (open === 1 ? " is" : " are") + " still open." : "All incidents are resolved.");
    return {grade: critical ? "critical" : "warning", sentence, how: facts.join(" ")};
  }

  function capital(text) {
    return text.slice(0, 1).toUpperCase() + text.slice(1);
  }

  /** The step at which an incident was first known to be critical. */
  function criticalStep(incident) {
    const change = (incident.changes || []).find(c => c.severity === "critical");
    return change ? change.step : incident.detected_step;
  }

  /** Stories, oldest first: each a list of incidents in the order of detection, its first cause first. */
  function stories(run) {
    const byRoot = new Map();
    const known = new Set(run.incidents.map(i => i.id));
    for (const incident of run.incidents) {
      const root = known.has(incident.story) ? incident.story : incident.id;
      if (!byRoot.has(root)) byRoot.set(root, []);
      byRoot.get(root).push(incident);
    }
    const all = [...byRoot.values()];
    all.forEach(story => story.sort((a, b) => a.detected_step - b.detected_step || a.onset_step - b.onset_step));
    return all.sort((a, b) => a[0].detected_step - b[0].detected_step);
  }

  /* ---------------------------------------------------------------- drawing on a chart */

  function ratio() {
    return global.devicePixelRatio || 1;
  }

  /** Draws on the plot of a chart, clipped to it. */
  function clipped(u, draw) {
    const {left, top, width, height} = u.bbox;
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(left, top, width, height);
    u.ctx.clip();
    draw(u.ctx);
    u.ctx.restore();
  }

  /** The mark of a severity: told by its shape, not only by its colour. */
  function mark(ctx, severity, x, y, size) {
    ctx.beginPath();
    if (severity === "critical") {
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y);
      ctx.lineTo(x, y + size);
      ctx.lineTo(x - size, y);
      ctx.closePath();
    } else if (severity === "warning") {
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y + size * 0.8);
      ctx.lineTo(x - size, y + size * 0.8);
      ctx.closePath();
    } else {
      ctx.arc(x, y, size * 0.75, 0, 2 * Math.PI);
    }
    ctx.fill();
  }

  function line(ctx, x0, y0, x1, y1, dash) {
    ctx.setLineDash(dash || []);
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /* ---------------------------------------------------------------- one chart */

  /**
   * A figure with a chart of steps: made when it comes into sight, drawn only while it is there, zoomed with all the others.
   * What it shows is up to its kind: build() gives {data, series, axes, scales, hooks}.
   */
  class Chart {
    constructor(view, panel, kind, own) {
      Object.assign(this, own);
      this.view = view;
      this.panel = panel;
      this.kind = kind;
      this.plot = null;
      this.visible = false;
      this.dirty = true;
      this.bands = [];
      this.readout = el("div", {class: "fs-readout"});
      this.tools = el("div", {class: "fs-tools"});
      this.body = el("div", {class: "fs-plot", style: null});
      this.body.style.height = kind.height(this) + "px";
      this.caption = el("figcaption", {}, el("span", {class: "fs-chart-title"}, foreign(panel)), this.readout, this.tools);
      this.figure = el("figure", {class: "fs-chart fs-" + kind.name, tabindex: "0", role: "group"}, this.caption, this.body);
      this.figure.addEventListener("keydown", event => view.keys(event));
      this.figure.dataset.panel = panel;
    }

    /** Makes or remakes what is drawn; waits for what has to be unpacked. */
    async make() {
      const built = await this.kind.build(this);
      if (this.view.gone) return;
      this.dirty = false;
      this.unmake();
      const width = this.body.clientWidth || 600;
      const colours = this.view.colours();
      const axis = {
        stroke: () => this.view.colours().text,
        grid: {stroke: () => this.view.colours().grid, width: 1},
        ticks: {stroke: () => this.view.colours().grid, width: 1, size: 4},
        font: "11px " + colours.font,
      };
      const options = {
        width,
        height: this.kind.height(this),
        legend: {show: false},
        padding: [8, 12, 0, 0],
        cursor: {
          // The cursor is shared; a selection is not: each chart would zoom once more.
          sync: {key: this.view.sync.key, setSeries: false, scales: ["x", null], filters: {pub: type => type === "mousemove" || type === "mouseleave"}},
          drag: {x: true, y: false, setScale: false},
          points: {size: 6},
          y: false,
          bind: {dblclick: () => () => (this.view.zoomTo(), null)},
        },
        scales: Object.assign({x: {time: false, range: (u, min, max) => [min, max]}}, built.scales),
        series: [{}].concat(built.series),
        axes: [
          Object.assign({}, axis, built.x, {size: 26, space: 70, values: (u, splits) => splits.map(s => (Number.isInteger(s) ? step(s) : ""))}),
          ...built.axes.map(one => Object.assign({}, axis, {size: 62}, one)),
        ],
        hooks: {
          setSelect: [u => this.selected(u)],
          setCursor: [u => this.read(u)],
          drawClear: built.drawClear || [],
          draw: built.draw || [],
        },
      };
      this.built = built;
      this.plot = new global.uPlot(options, built.data, this.body);
      this.applyRange();
      this.plot.over.addEventListener("wheel", event => this.wheel(event), {passive: false});
      this.tools.replaceChildren(...(built.tools || []));
      this.read(null);
      this.figure.setAttribute("aria-label", built.text);
    }

    unmake() {
      if (this.plot) this.plot.destroy();
      this.plot = null;
    }

    applyRange() {
      if (!this.plot) return;
      const [min, max] = this.view.range;
      this.plot.batch(() => this.plot.setScale("x", {min, max}));
    }

    /** New rows: the same chart with more to draw. */
    async refresh() {
      if (!this.visible) {
        this.dirty = true;
        return;
      }
      if (!this.plot || this.dirty) return this.make();
      const built = await this.kind.build(this);
      if (this.view.gone || !this.plot) return;
      if (built.series.length !== this.built.series.length) return this.make();
      this.built = Object.assign(built, {hooks: null});
      this.plot.setData(built.data, false);
      this.applyRange();
      this.read(null);
      this.figure.setAttribute("aria-label", built.text);
    }

    redraw() {
      if (this.plot) this.plot.redraw(false, true);
    }

    resize() {
      if (this.plot && this.body.clientWidth && this.body.clientWidth !== this.plot.width) {
        this.plot.setSize({width: this.body.clientWidth, height: this.kind.height(this)});
      }
    }

    selected(u) {
      const {left, width} = u.select;
      if (width < 4) return;
      const first = u.posToVal(left, "x");
      const last = u.posToVal(left + width, "x");
      u.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
      this.view.zoomTo(first, last);
    }

    /** The wheel scrolls the page, unless the chart has the focus or a key is held. */
    wheel(event) {
      if (!event.ctrlKey && !event.shiftKey && !event.metaKey && document.activeElement !== this.figure) return;
      event.preventDefault();
      const box = this.plot.over.getBoundingClientRect();
      const at = this.plot.posToVal(event.clientX - box.left, "x");
      const delta = Math.abs(event.deltaY) > Math.abs(event.deltaX) ? event.deltaY : event.deltaX;
      this.view.zoomBy(delta > 0 ? 1.25 : 0.8, at);
    }

    read(u) {
      const at = u && u.cursor.left >= 0 ? u.posToVal(u.cursor.left, "x") : null;
      this.readout.replaceChildren(...this.kind.read(this, at, u));
    }
  }

  /* ---------------------------------------------------------------- kinds of charts */

  /** Bands of the incidents that concern these metrics, drawn behind the lines; what they say is drawn above. */
  const Bands = {
    behind(chart, u) {
      const view = chart.view;
      const colours = view.colours();
      chart.bands = [];
      clipped(u, ctx => {
        for (const incident of view.incidentsOn(chart)) {
          const end = endOf(incident);
          const x0 = u.valToPos(incident.onset_step, "x", true);
          const x1 = end === null ? u.bbox.left + u.bbox.width : u.valToPos(end, "x", true);
          chart.bands.push(band(u, incident));
          const chosen = view.chosen === incident.id;
          ctx.globalAlpha = incident.severity === "info" ? 0.08 : chosen ? 0.32 : 0.13;
          ctx.fillStyle = colours[incident.severity];
          ctx.fillRect(x0, u.bbox.top, Math.max(ratio(), x1 - x0), u.bbox.height);
        }
        ctx.globalAlpha = 1;
        const chosen = view.run.incidents.find(i => i.id === view.chosen);
        if (chosen) {
          ctx.strokeStyle = colours.strong;
          ctx.lineWidth = ratio();
          const x = u.valToPos(chosen.onset_step, "x", true);
          line(ctx, x, u.bbox.top, x, u.bbox.top + u.bbox.height, [3 * ratio(), 3 * ratio()]);
        }
      });
    },

    above(chart, u) {
      const colours = chart.view.colours();
      clipped(u, ctx => {
        for (const incident of chart.view.incidentsOn(chart)) {
          if (incident.severity === "info" && chart.view.chosen !== incident.id) continue;
          ctx.fillStyle = ctx.strokeStyle = colours[incident.severity];
          ctx.lineWidth = ratio();
          const {top, height} = u.bbox;
          const onset = u.valToPos(incident.onset_step, "x", true);
          const found = u.valToPos(incident.detected_step, "x", true);
          line(ctx, onset, top, onset, top + height, [4 * ratio(), 3 * ratio()]);
          line(ctx, found, top, found, top + height);
          mark(ctx, incident.severity, found, top + 7 * ratio(), 5 * ratio());
          const end = endOf(incident);
          if (end !== null) {
            const x = u.valToPos(end, "x", true);
            line(ctx, x, top + height - 10 * ratio(), x, top + height);
          }
          forecast(ctx, u, chart, incident, colours);
        }
        notFinite(ctx, u, chart, colours);
        ending(ctx, u, chart.view, colours);
      });
    },
  };

  function band(u, incident) {
    const px = at => (at === null ? null : u.valToPos(at, "x"));
    return {
      id: incident.id, signature: incident.signature, severity: incident.severity,
      onset: incident.onset_step, detected: incident.detected_step, end: endOf(incident),
      onsetPx: px(incident.onset_step), detectedPx: px(incident.detected_step), endPx: px(endOf(incident)),
    };
  }

  /** When the level would be reached, as it was known when the incident opened and, of the chosen one, at each change. */
  function forecast(ctx, u, chart, incident, colours) {
    const known = (incident.changes || []).filter(c => c.forecast && chart.names && chart.names.has(c.forecast.quantity));
    const shown = chart.view.chosen === incident.id ? known : known.slice(0, 1);
    for (const change of shown) {
      const f = change.forecast;
      const clampY = y => Math.max(u.bbox.top + 6 * ratio(), Math.min(u.bbox.top + u.bbox.height - 6 * ratio(), y));
      const x0 = u.valToPos(change.step, "x", true), y0 = clampY(u.valToPos(Number(change.value), "y", true));
      const x1 = u.valToPos(f.step, "x", true), y1 = clampY(u.valToPos(f.level, "y", true));
      const low = u.valToPos(f.low, "x", true);
      const high = f.high === null ? u.bbox.left + u.bbox.width : u.valToPos(f.high, "x", true);
      if (![x0, y0, x1, y1, low, high].every(Number.isFinite)) continue;
      ctx.strokeStyle = ctx.fillStyle = colours.forecast;
      ctx.lineWidth = 1.5 * ratio();
      line(ctx, x0, y0, x1, y1, [2 * ratio(), 3 * ratio()]);
      line(ctx, low, y1, high, y1);
      line(ctx, low, y1 - 4 * ratio(), low, y1 + 4 * ratio());
      if (f.high !== null) line(ctx, high, y1 - 4 * ratio(), high, y1 + 4 * ratio());
      ctx.beginPath();
      ctx.arc(x1, y1, 3 * ratio(), 0, 2 * Math.PI);
      ctx.fill();
    }
  }

  /** A cross at the top for each value that is NaN or infinite: it is evidence, and no line shows it. */
  function notFinite(ctx, u, chart, colours) {
    ctx.strokeStyle = colours.critical;
    ctx.lineWidth = 1.5 * ratio();
    let lastX = -Infinity;
    for (const [at] of chart.built.marks || []) {
      const x = u.valToPos(at, "x", true);
      if (x < u.bbox.left - 4 || x > u.bbox.left + u.bbox.width + 4 || x - lastX < 2 * ratio()) continue;
      lastX = x;
      const y = u.bbox.top + 18 * ratio(), s = 3.5 * ratio();
      line(ctx, x - s, y - s, x + s, y + s);
      line(ctx, x - s, y + s, x + s, y - s);
    }
  }

  /** Where a run failed. */
  function ending(ctx, u, view, colours) {
    if (view.run.end !== "failed") return;
    const x = u.valToPos(view.run.last(), "x", true);
    ctx.strokeStyle = colours.strong;
    ctx.lineWidth = 2 * ratio();
    line(ctx, x, u.bbox.top, x, u.bbox.top + u.bbox.height);
  }

  /** What the loss was forecast to be, each forecast at the step it was made for. */
  function lossForecasts(ctx, u, chart, colours) {
    if (!chart.names.has("loss")) return;
    ctx.strokeStyle = ctx.fillStyle = colours.forecast;
    ctx.lineWidth = ratio();
    for (const f of chart.view.run.forecasts) {
      const x = u.valToPos(f.step, "x", true);
      const low = u.valToPos(f.low, "y", true), high = u.valToPos(f.high, "y", true), y = u.valToPos(f.value, "y", true);
      if (![x, low, high, y].every(Number.isFinite)) continue;
      line(ctx, x, low, x, high);
      line(ctx, x - 3 * ratio(), low, x + 3 * ratio(), low);
      line(ctx, x - 3 * ratio(), high, x + 3 * ratio(), high);
      ctx.beginPath();
      ctx.arc(x, y, 2 * ratio(), 0, 2 * Math.PI);
      ctx.fill();
    }
  }

  /** A y scale: linear, or logarithmic; with numbers at or below 0 linear up to extent.bend around 0, logarithmic beyond. */
  function yScale(log, extent) {
    if (log && extent.low > 0) {
      return {
        distr: 3,
        range: (u, min, max) => {
          if (!(min > 0) || !(max > 0)) return [1, 10];
          const pad = Math.max(Math.pow(max / min, 0.06), 1.05);
          return [min / pad, max * pad];
        },
      };
    }
    const range = (u, min, max) => {
      if (min === null || max === null) return [0, 1];
      const pad = max > min ? (max - min) * 0.06 : Math.abs(max) * 0.1 || 1;
      return [min - pad, max + pad];
    };
    return log ? {distr: 4, asinh: extent.bend, range} : {range};
  }

  function yAxis(log, extent) {
    const axis = {scale: "y", values: (u, splits) => splits.map(s => (s === null || s === undefined ? "" : number(s)))};
    if (!log) return axis;
    return Object.assign(axis, {
      filter: (u, splits) => splits,
      splits: (u, i, min, max) => (extent.low > 0 ? decades(min, max) : decades(extent.bend, -min).map(v => -v).reverse().concat(0, decades(extent.bend, max))),
    });
  }

  /** A few round numbers from low to high: powers of ten, and 2 and 5 between them where there are few. */
  function decades(low, high) {
    if (!(high > low) || !(low > 0)) return [];
    const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
    const every = Math.max(1, Math.ceil((to - from) / 5));
    const ticks = [];
    for (let power = from; power <= to; power += every) {
      for (const digit of to - from > 3 ? [1] : to - from > 1 ? [1, 3] : [1, 1.5, 2, 3, 5, 7]) ticks.push(Number((digit * Math.pow(10, power)).toPrecision(2)));
    }
    return ticks.filter(tick => tick >= low && tick <= high);
  }

  /** Whether a logarithmic scale shows more: numbers above 0 over a decade or more, or a few that dwarf the others. */
  function wantsLog(extent) {
    return extent.low > 0 ? extent.high / extent.low >= 10 : extent.high / extent.bend >= 1000;
  }

  /** Smallest and largest of these numbers, and where a scale around 0 bends: the lower quarter of their sizes. */
  function extentOf(numbers) {
    let low = Infinity, high = -Infinity;
    const sizes = [];
    const every = Math.max(1, Math.floor(numbers.length / 2000));
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i];
      if (value === null || Number.isNaN(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      if (i % every === 0 && value !== 0) sizes.push(Math.abs(value));
    }
    sizes.sort((a, b) => a - b);
    return {low, high, bend: sizes.length ? sizes[sizes.length >> 2] : 1};
  }

  function logButton(chart, on) {
    const button = el("button", {type: "button", class: "fs-small", "aria-pressed": String(on), title: "logarithmic scale"}, "log");
    button.addEventListener("click", async () => {
      chart.log = !on;
      await chart.make();
      chart.tools.querySelector("button").focus();
    });
    return button;
  }

  /** The parts of a line chart for these entries; {entry, k, run, name}. */
  async function lineChart(chart, wanted) {
    const view = chart.view;
    const overlaid = new Set(wanted.map(w => w.run)).size > 1;
    const names = [...new Set(wanted.map(w => w.name))];
    const tables = [], series = [], marks = [], shown = [];
    const numbers = [];
    for (const one of wanted) {
      const timeline = await one.run.timeline(one.entry);
      if (view.gone) break;
      const k = typeof one.k === "function" ? one.k(timeline) : one.k;
      const colour = overlaid ? view.runColour(one.run) : names.indexOf(one.name);
      const dash = overlaid && names.indexOf(one.name) > 0 ? [6, 3] : undefined;
      shown.push(Object.assign({}, one, {k, timeline, colour, dash}));
      for (const piece of timeline.lines(k)) {
        tables.push([piece.xs, piece.ys]);
        marks.push(...piece.marks);
        const lone = lonely(piece.ys);
        const lonelySteps = new Set(lone.map(i => piece.xs[i]));
        series.push({
          scale: "y",
          stroke: () => view.lineColour(colour),
          width: one.run === view.run ? 1.4 : 1,
          dash,
          alpha: piece.attempt < (timeline.attempts[timeline.count - 1] || 0) ? 0.45 : 1,
          spanGaps: false,
          points: lonelySteps.size ? {
            show: true, size: 4, fill: () => view.lineColour(colour), width: 0,
            filter: (u, s, show) => (show ? null : indices(u, lonelySteps)),
          } : {show: piece.xs.length < 120 ? undefined : false, size: 4},
        });
        for (const y of piece.ys) numbers.push(y);
      }
    }
    marks.sort((a, b) => a[0] - b[0]);
    const extent = extentOf(numbers);
    if (chart.log === undefined) chart.log = wanted.some(w => view.place(w.name).log) && wantsLog(extent);
    const data = !tables.length ? [[0], [null]] : tables.length === 1 ? tables[0] : global.uPlot.join(tables);
    if (!tables.length) series.push({scale: "y"});
    return {
      data, series, marks, shown, extent, overlaid,
      scales: {y: yScale(chart.log, extent)},
      axes: [yAxis(chart.log, extent)],
      drawClear: [u => Bands.behind(chart, u)],
      draw: [u => {
        Bands.above(chart, u);
        clipped(u, ctx => lossForecasts(ctx, u, chart, view.colours()));
      }],
      tools: [logButton(chart, chart.log)],
      text: chartText(chart, shown, marks),
    };
  }

  /** Values without a neighbour, which a line would not show. */
  function lonely(ys) {
    const lone = [];
    for (let i = 0; i < ys.length; i++) {
      if (ys[i] !== null && (i === 0 || ys[i - 1] === null) && (i === ys.length - 1 || ys[i + 1] === null)) lone.push(i);
    }
    return lone;
  }

  function indices(u, steps) {
    const found = [];
    u.data[0].forEach((x, i) => {
      if (steps.has(x)) found.push(i);
    });
    return found;
  }

  function chartText(chart, shown, marks) {
    const parts = shown.map(one => {
      const t = one.timeline, k = one.k;
      let low = Infinity, high = -Infinity, first = null, last = null;
      for (let i = 0; i < t.count; i++) {
        const a = t.value(i, k, 1), z = t.value(i, k, 2);
        if (Number.isNaN(a)) continue;
        if (a < low) low = a;
        if (z > high) high = z;
        if (first === null) first = t.value(i, k, 0);
        last = t.value(i, k, 3);
      }
      const label = visible(one.name) + (one.place ? " " + one.place : "") + (shown.length > 1 && chart.view.overlaid.length ? " of " + visible(one.run.run) : "");
      return first === null ? label + ": no finite value"
        : label + ": from " + number(first) + " to " + number(last) + ", between " + number(low) + " and " + number(high);
    });
    const bad = marks.length ? "; not finite at " + count(marks.length, "place") : "";
    const incidents = chart.view.incidentsOn(chart).filter(i => i.severity !== "info")
      .map(i => i.severity + " " + i.signature + " from step " + step(i.onset_step) + ", found at " + step(i.detected_step));
    return visible(chart.panel) + ". " + parts.join("; ") + bad + ". " + (incidents.length ? "Incidents: " + incidents.slice(0, 8).join("; ") + ". " : "")
      + "Arrow keys pan, plus and minus zoom, 0 shows all.";
  }

  /** What a series is at a step, or at its last. */
  function valueText(timeline, k, at) {
    const i = at === null ? timeline.count - 1 : timeline.at(at);
    if (i < 0) return "–";
    const marks = MARKS.filter(([bit]) => timeline.mark(i, k) & bit).map(([, word]) => word).join(", ");
    if (timeline.rows[i] === 1) return marks || number(nan(timeline.value(i, k, 3)));
    const low = timeline.value(i, k, 1), high = timeline.value(i, k, 2);
    return Number.isNaN(low) ? marks || "–" : number(low) + " … " + number(high) + (marks ? ", " + marks : "");
  }

  function nan(value) {
    return Number.isNaN(value) ? null : value;
  }

  function swatch(view, colour, dash) {
    const mark = el("i", {class: "fs-swatch" + (dash ? " fs-dashed" : "")});
    mark.style.color = view.lineColour(colour);
    return mark;
  }

  function readLines(chart, at) {
    const shown = (chart.built && chart.built.shown) || [];
    const view = chart.view;
    return shown.map(one => {
      const label = chart.built.overlaid ? one.run.run + (chart.built.shown.some(o => o.name !== one.name) ? " " + one.name : "") : one.name;
      return el("span", {class: "fs-reading"}, swatch(view, one.colour, one.dash), foreign(label, {class: "fs-name"}),
        one.place ? el("span", {class: "fs-place"}, one.place) : null, el("b", {}, valueText(one.timeline, one.k, at)));
    });
  }

  /** Scalars of one unit over steps. */
  const Lines = {
    name: "lines",
    height: () => 168,
    build(chart) {
      const wanted = [];
      for (const run of chart.view.shownRuns()) {
        for (const entry of run.metrics.values()) {
          if (!entry.layers && chart.view.place(entry.name).panel === chart.panel) wanted.push({run, entry, k: 0, name: entry.name});
        }
      }
      chart.names = new Set(wanted.map(w => w.name));
      return lineChart(chart, wanted);
    },
    read: readLines,
  };

  /** The worst of several layers or heads as a line: the one an incident names, else the most extreme. */
  const Worst = {
    name: "worst",
    height: () => 120,
    build(chart) {
      const view = chart.view;
      const wanted = [];
      for (const run of view.shownRuns()) {
        const entry = [...run.metrics.values()].find(e => e.layers && e.name === chart.metric);
        if (!entry) continue;
        const one = {run, entry, name: entry.name, place: ""};
        one.k = timeline => {
          const k = worst(run, entry, timeline, view.place(entry.name).low);
          one.place = placeName(entry, k);
          return k;
        };
        wanted.push(one);
      }
      chart.names = new Set([chart.metric]);
      return lineChart(chart, wanted).then(built => {
        built.shown.forEach(one => (one.place = placeName(one.entry, one.k)));
        built.text = chartText(chart, built.shown, built.marks);
        return built;
      });
    },
    read: readLines,
  };

  function worst(run, entry, timeline, low) {
    for (const incident of run.incidents) {
      const series = seriesOf(incident.series);
      if (series.name !== entry.name || series.layer < 0 || incident.severity === "info") continue;
      const k = entry.heads ? series.layer * entry.heads + Math.max(0, series.head) : series.layer;
      if (k < timeline.series) return k;
    }
    let worstK = 0, extreme = low ? Infinity : -Infinity;
    for (let k = 0; k < timeline.series; k++) {
      for (let i = 0; i < timeline.count; i++) {
        const value = timeline.value(i, k, low ? 1 : 2);
        if (low ? value < extreme : value > extreme) {
          extreme = value;
          worstK = k;
        }
      }
    }
    return worstK;
  }

  /** Layers, or layers and heads, as a heat map: steps to the right, layers upwards. */
  const Heat = {
    name: "heat",
    height: chart => 58 + Math.max(56, Math.min(220, chart.rows * (chart.rows > 24 ? 3 : 9))),
    async build(chart) {
      const view = chart.view;
      const entry = chart.entry();
      const timeline = await view.run.timeline(entry);
      const extent = extentOf(timeline.values.subarray(0, timeline.count * timeline.series * NUMBERS));
      const place = view.place(entry.name);
      if (chart.log === undefined) chart.log = place.log && wantsLog(extent);
      const warp = !chart.log ? value => value : extent.low > 0 ? Math.log : value => Math.asinh(value / extent.bend);
      const floor = warp(extent.low);
      const span = warp(extent.high) - floor || 1;
      const shade = value => Math.max(0, Math.min(1, (warp(value) - floor) / span));
      const n = timeline.series;
      const heads = Math.max(1, entry.heads);
      const layers = n / heads;
      const every = Math.max(1, Math.ceil(layers / 8));
      const splits = [];
      for (let layer = 0; layer < layers; layer += every) splits.push(layer * heads + (heads - 1) / 2);
      chart.names = new Set([entry.name]);
      const from = timeline.count ? timeline.first[0] : 0;
      return {
        data: [[from, Math.max(from + 1, view.run.last())], [null, null]],
        series: [{scale: "y"}],
        scales: {y: {range: () => [-0.5, n - 0.5]}},
        x: {grid: {show: false}},
        axes: [{
          scale: "y", splits: () => splits, grid: {show: false},
          values: (u, at) => at.map(v => (layers === 1 ? "" : "layer " + Math.round((v - (heads - 1) / 2) / heads))),
        }],
        drawClear: [u => {
          heat(u, timeline, shade, place.low, view.colours());
          chart.bands = view.incidentsOn(chart).map(i => band(u, i));
        }],
        draw: [u => edges(u, chart, entry)],
        tools: [legend(extent, chart.log), logButton(chart, chart.log)],
        timeline, marks: [],
        text: visible(chart.panel) + ", " + (entry.heads ? layers + " layers of " + heads + " heads" : layers + " layers") + " as a heat map: values from "
          + number(extent.low) + " to " + number(extent.high) + ". The worst of them is the line below.",
      };
    },
    read(chart, at, u) {
      const timeline = chart.built && chart.built.timeline;
      if (!timeline || at === null || !u || u.cursor.top < 0) return [];
      const k = Math.max(0, Math.min(timeline.series - 1, Math.round(u.posToVal(u.cursor.top, "y"))));
      return [el("span", {class: "fs-reading"}, placeName(chart.entry(), k) + " ", el("b", {}, valueText(timeline, k, at)))];
    },
  };

  const PALETTE = palette();

  /** 256 colours of viridis, as bytes. */
  function palette() {
    const stops = VIRIDIS.map(hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)));
    const colours = new Uint8ClampedArray(256 * 3);
    for (let i = 0; i < 256; i++) {
      const at = (i / 255) * (stops.length - 1);
      const a = Math.min(stops.length - 2, Math.floor(at));
      for (let c = 0; c < 3; c++) colours[i * 3 + c] = stops[a][c] + (stops[a + 1][c] - stops[a][c]) * (at - a);
    }
    return colours;
  }

  /** Paints a pixel a column of the plot and a series: its most extreme value there, or that it was not finite. */
  function heat(u, timeline, shade, low, colours) {
    const {left, top, width, height} = u.bbox;
    const columns = Math.max(1, Math.round(width)), n = timeline.series;
    const worst = new Float64Array(columns * n).fill(NaN);
    const bad = new Uint8Array(columns * n);
    const {min, max} = u.scales.x;
    const scale = columns / (max - min || 1);
    for (let i = 0; i < timeline.count; i++) {
      const next = i + 1 < timeline.count && timeline.attempts[i + 1] === timeline.attempts[i] ? timeline.first[i + 1] : timeline.last[i] + 1;
      // Rows that are far apart are no continuum.
      const until = Math.min(next, timeline.last[i] + Math.max(1, 3 * (timeline.last[i] - timeline.first[i] + 1)) * Math.max(1, gap(timeline)));
      const x0 = Math.max(0, Math.floor((timeline.first[i] - min) * scale));
      const x1 = Math.min(columns, Math.max(x0 + 1, Math.ceil((until - min) * scale)));
      if (x1 <= 0 || x0 >= columns) continue;
      for (let k = 0; k < n; k++) {
        const value = timeline.value(i, k, low ? 1 : 2);
        const isBad = timeline.mark(i, k);
        for (let x = x0; x < x1; x++) {
          const cell = x * n + k;
          if (isBad) bad[cell] = 1;
          if (!Number.isNaN(value) && !(low ? worst[cell] <= value : worst[cell] >= value)) worst[cell] = value;
        }
      }
    }
    const image = new ImageData(columns, n);
    const alarm = rgb(colours.critical);
    for (let x = 0; x < columns; x++) {
      for (let k = 0; k < n; k++) {
        const cell = x * n + k;
        const pixel = ((n - 1 - k) * columns + x) * 4;
        if (bad[cell]) {
          image.data.set(alarm, pixel);
          image.data[pixel + 3] = 255;
        } else if (!Number.isNaN(worst[cell])) {
          const c = Math.round(shade(worst[cell]) * 255) * 3;
          image.data[pixel] = PALETTE[c];
          image.data[pixel + 1] = PALETTE[c + 1];
          image.data[pixel + 2] = PALETTE[c + 2];
          image.data[pixel + 3] = 255;
        }
      }
    }
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = n;
    canvas.getContext("2d").putImageData(image, 0, 0);
    u.ctx.save();
    u.ctx.imageSmoothingEnabled = false;
    u.ctx.drawImage(canvas, left, top, width, height);
    u.ctx.restore();
  }

  /** Steps from one row to the next, usually. */
  function gap(timeline) {
    if (timeline.gapVersion !== timeline.version) {
      timeline.gapVersion = timeline.version;
      let rows = 0;
      for (let i = 0; i < timeline.count; i++) rows += timeline.rows[i];
      timeline.gap = timeline.count ? Math.max(1, (timeline.last[timeline.count - 1] - timeline.first[0]) / Math.max(1, rows)) : 1;
    }
    return timeline.gap;
  }

  function rgb(hex) {
    return [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
  }

  /** On a heat map an incident is a frame around its series, or all of them, from onset to end. */
  function edges(u, chart, entry) {
    clipped(u, ctx => {
      for (const incident of chart.view.incidentsOn(chart)) {
        if (incident.severity === "info") continue;
        const series = seriesOf(incident.series);
        const end = endOf(incident);
        const x0 = u.valToPos(incident.onset_step, "x", true);
        const x1 = end === null ? u.bbox.left + u.bbox.width : u.valToPos(end, "x", true);
        let y0 = u.bbox.top, y1 = u.bbox.top + u.bbox.height;
        if (series.name === entry.name && series.layer >= 0) {
          const k = entry.heads ? series.layer * entry.heads + Math.max(0, series.head) : series.layer;
          y0 = u.valToPos(k + 0.5, "y", true);
          y1 = u.valToPos(k - 0.5, "y", true);
        }
        for (const [stroke, width] of [["#ffffff", 3], ["#000000", 1]]) {
          ctx.strokeStyle = stroke;
          ctx.lineWidth = width * ratio();
          ctx.strokeRect(x0, y0, Math.max(2, x1 - x0), y1 - y0);
        }
      }
      ending(ctx, u, chart.view, chart.view.colours());
    });
  }

  function legend(extent, log) {
    return el("span", {class: "fs-scale", title: log ? "logarithmic colours" : "linear colours"},
      number(nan(extent.low)), el("i", {class: "fs-ramp", "aria-hidden": "true"}), Number.isFinite(extent.high) ? number(extent.high) : "–");
  }

  /** All incidents, a lane a signature, in the order in which they came up. */
  const Lanes = {
    name: "lanes",
    height: chart => 44 + 20 * Math.max(1, chart.lanes().length),
    build(chart) {
      const view = chart.view;
      const lanes = chart.lanes();
      const n = Math.max(1, lanes.length);
      const data = [[view.run.first(), Math.max(view.run.first() + 1, view.run.last())], [null, null]];
      return {
        data,
        series: [{scale: "y"}],
        scales: {y: {range: () => [-0.5, n - 0.5], dir: -1}},
        axes: [{
          scale: "y", size: 190, grid: {show: false}, ticks: {show: false}, splits: () => lanes.map((lane, i) => i),
          values: (u, at) => at.map(i => (lanes[i] ? short(lanes[i].label) : "")),
        }],
        drawClear: [],
        draw: [u => lanesOn(u, chart, lanes)],
        marks: [],
        text: visible(chart.panel) + ": " + (lanes.length ? lanes.map(lane => lane.label + ", " + lane.incidents.map(i =>
          i.severity + " from step " + step(i.onset_step) + ", found at " + step(i.detected_step)
          + (endOf(i) === null ? ", open" : ", over at " + step(endOf(i)))).slice(0, 4).join("; ")).join(". ") : "none") + ".",
      };
    },
    read(chart, at, u) {
      if (at === null) return [];
      const lane = u && u.cursor.top >= 0 ? chart.lanes()[Math.round(u.posToVal(u.cursor.top, "y"))] : null;
      const under = (lane ? lane.incidents : []).filter(i => i.onset_step <= at && (endOf(i) === null || endOf(i) >= at));
      return [el("span", {class: "fs-reading"}, "step ", el("b", {}, step(at))),
        ...under.slice(0, 1).map(i => el("span", {class: "fs-reading"}, shape(i.severity), " ", foreign(i.summary)))];
    },
  };

  function short(label) {
    return label.length > 30 ? label.slice(0, 29) + "…" : label;
  }

  function lanesOn(u, chart, lanes) {
    const view = chart.view;
    const colours = view.colours();
    chart.bands = [];
    clipped(u, ctx => {
      lanes.forEach((lane, row) => {
        const y = u.valToPos(row, "y", true);
        const half = 5 * ratio();
        ctx.strokeStyle = colours.grid;
        ctx.lineWidth = ratio();
        line(ctx, u.bbox.left, y, u.bbox.left + u.bbox.width, y);
        for (const incident of lane.incidents) {
          chart.bands.push(band(u, incident));
          const end = endOf(incident);
          const x0 = u.valToPos(incident.onset_step, "x", true);
          const found = u.valToPos(incident.detected_step, "x", true);
          const x1 = end === null ? u.bbox.left + u.bbox.width : u.valToPos(end, "x", true);
          ctx.fillStyle = ctx.strokeStyle = colours[incident.severity];
          ctx.globalAlpha = 0.35;
          ctx.fillRect(x0, y - half, Math.max(ratio(), found - x0), 2 * half);
          ctx.globalAlpha = incident.severity === "info" ? 0.45 : 0.85;
          if (lane.hollow) {
            ctx.strokeRect(found, y - half, Math.max(2 * ratio(), x1 - found), 2 * half);
          } else {
            ctx.fillRect(found, y - half, Math.max(2 * ratio(), x1 - found), 2 * half);
          }
          ctx.globalAlpha = 1;
          line(ctx, x0, y - half, x0, y + half);
          mark(ctx, incident.severity, found, y, 6 * ratio());
          ctx.strokeStyle = colours.paper;
          ctx.stroke();
          if (view.chosen === incident.id) {
            ctx.strokeStyle = colours.strong;
            ctx.lineWidth = 1.5 * ratio();
            ctx.strokeRect(x0 - 2 * ratio(), y - half - 3 * ratio(), Math.max(4 * ratio(), x1 - x0 + 4 * ratio()), 2 * half + 6 * ratio());
            ctx.lineWidth = ratio();
          }
        }
      });
      ending(ctx, u, view, colours);
    });
  }

  function lanesOf(incidents) {
    const lanes = new Map();
    for (const incident of incidents) {
      if (!lanes.has(incident.signature)) lanes.set(incident.signature, {label: incident.signature, incidents: []});
      lanes.get(incident.signature).incidents.push(incident);
    }
    const first = lane => Math.min(...lane.incidents.map(i => i.detected_step));
    const grave = lane => (lane.incidents.some(i => i.severity !== "info") ? 0 : 1);
    return [...lanes.values()].sort((a, b) => grave(a) - grave(b) || first(a) - first(b));
  }

  function shape(severity) {
    return el("span", {class: "fs-shape fs-" + severity, role: "img", "aria-label": severity, title: severity}, SHAPES[severity]);
  }

  /* ---------------------------------------------------------------- the view */

  const LIGHT = {
    paper: "#ffffff", text: "#4b5563", strong: "#111827", grid: "#e8eaee", forecast: "#7b3f98",
    info: "#0072b2", warning: "#c77700", critical: "#c2410c",
    lines: ["#0072b2", "#009e73", "#b4508c", "#6b7280", "#8a6d00", "#3b4cc0"],
  };
  const DARK = {
    paper: "#16191f", text: "#a3adba", strong: "#f3f4f6", grid: "#2a2f38", forecast: "#c9a0e0",
    info: "#56b4e9", warning: "#e69f00", critical: "#ff7043",
    lines: ["#56b4e9", "#2fc499", "#e08fc0", "#b6bdc8", "#e3cf57", "#9aa5ff"],
  };
  LIGHT.font = DARK.font = "system-ui, -apple-system, \"Segoe UI\", Roboto, sans-serif";

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
      this.run = this.runs.find(run => run.run === options.run) || gravest(this.runs);
      this.overlaid = [];
      this.charts = [];
      this.chosen = options.incident || null;
      this.sync = global.uPlot.sync("foreshock-" + ++views);
      this.gone = false;
      this.dark = global.matchMedia("(prefers-color-scheme: dark)");
      this.listeners = [];
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
      });
    }

    listen(target, event, act) {
      target.addEventListener(event, act);
      this.listeners.push(() => target.removeEventListener(event, act));
    }

    /** Does it once, at the next frame, however often it is asked to. */
    later(what, act) {
      this.pending = this.pending || new Map();
      if (this.pending.has(what)) return;
      this.pending.set(what, true);
      global.requestAnimationFrame(() => {
        this.pending.delete(what);
        if (!this.gone) act();
      });
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

    print(on) {
      this.printing = on;
      if (on) {
        this.charts.filter(chart => !chart.plot).forEach(chart => chart.make());
      }
      this.retheme();
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
      const steps = "step " + step(incident.onset_step) + ", found at " + step(incident.detected_step)
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
        parts.push(el("details", {class: "fs-note"}, el("summary", {}, "Settings this run was judged by"), el("pre", {tabindex: "0"}, visible2(run.settings))));
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
      });
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
      this.gone = true;
      this.listeners.forEach(off => off());
      this.sight.disconnect();
      this.sizes.disconnect();
      this.charts.forEach(chart => chart.unmake());
      this.charts = [];
      this.element.replaceChildren();
      this.element.classList.remove("foreshock");
    }
  }

  /** The first of those that went worst. */
  function gravest(runs) {
    for (const grade of ["critical", "warning"]) {
      const found = runs.find(run => verdict(run, "").grade === grade);
      if (found) return found;
    }
    return runs[0];
  }

  /** Settings keep their lines. */
  function visible2(text) {
    return String(text).split("\n").map(visible).join("\n");
  }

  function unit(incident) {
    return incident.unit && incident.unit !== "1" ? " " + visible(incident.unit) : "";
  }

  function took(millis) {
    const minutes = millis / 60000;
    if (minutes < 1) return Math.round(millis / 1000) + " s";
    if (minutes < 90) return Math.round(minutes) + " min";
    const hours = minutes / 60;
    return hours < 48 ? hours.toFixed(1) + " h" : (hours / 24).toFixed(1) + " d";
  }

  /** What two configurations say, incident by incident; pairs are ids of the same incident in both. */
  function difference(a, b, pairs) {
    const other = new Map(pairs.map(([one, two]) => [one, b.find(i => i.id === two)]));
    const paired = new Set(pairs.map(([, two]) => two));
    const rows = a.map(one => ({a: one, b: other.get(one.id)})).concat(b.filter(i => !paired.has(i.id)).map(two => ({a: undefined, b: two})));
    for (const row of rows) {
      const by = row.a && row.b ? row.b.detected_step - row.a.detected_step : 0;
      row.signature = (row.a || row.b).signature;
      row.change = !row.a ? "appears" : !row.b ? "vanishes" : by !== 0 ? "moves" : row.a.severity !== row.b.severity ? "regraded" : "same";
      row.words = row.change === "moves" ? count(Math.abs(by), "step") + (by < 0 ? " earlier" : " later")
        : row.change === "regraded" ? row.a.severity + " becomes " + row.b.severity : row.change;
    }
    return rows.sort((x, y) => (x.a || x.b).detected_step - (y.a || y.b).detected_step);
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
})(window);
