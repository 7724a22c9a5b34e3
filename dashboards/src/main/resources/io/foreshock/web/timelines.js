/* Runs and the course of their metrics, as io.foreshock.view.ViewJson writes them and rows append to them. Part of view.js. */
(function (parts) {
  "use strict";

  /** Buckets a timeline may hold while rows are appended, at most and at least, and all series of a run together: 16 MB. */
  const CAPACITY = 4096, LEAST_CAPACITY = 256, BUCKETS = 1e6;
  /** Attempts of a run that are remembered, and series that are drawn of it, as in io.foreshock.view.RunView. */
  const ATTEMPTS = 50, SERIES = 4096;
  /** Numbers a bucket has of a series: first, smallest, largest, last. */
  const NUMBERS = 4;
  /** The smallest number that four bytes hold in full. */
  const LEAST_SINGLE = 2 ** -126;

  /** A value as on the wire; undefined where there is none. */
  function numberOf(value) {
    return value === null || value === undefined ? undefined : Number(value);
  }

  /** What a value that is no number is: 1 NaN, 2 infinite, 4 negative infinite. */
  function markOf(value) {
    if (value === undefined || Number.isFinite(value)) return 0;
    return Number.isNaN(value) ? 1 : value > 0 ? 2 : 4;
  }

  function either(one, other) {
    return Number.isNaN(one) ? other : one;
  }

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

    /**
     * Takes in a row; one that comes late within its attempt finds its place.
     *
     * @param flat values as on the wire: numbers, null, "NaN", "Infinity"
     */
    add(attempt, at, flat) {
      let b = this.count;
      while (b > 0 && this.attempts[b - 1] === attempt && this.first[b - 1] > at) b--;
      this.version++;
      if (b > 0 && this.attempts[b - 1] === attempt && at <= this.last[b - 1]) {
        this.join(b - 1, flat);
        return;
      }
      if (this.count === this.room) this.grow(this.room * 2);
      this.move(b, b + 1, this.count - b);
      this.count++;
      this.first[b] = this.last[b] = at;
      this.rows[b] = 1;
      this.attempts[b] = attempt;
      for (let k = 0; k < this.series; k++) {
        const value = numberOf(flat[k]);
        const to = (b * this.series + k) * NUMBERS;
        this.marks[b * this.series + k] = markOf(value);
        this.fits(value);
        this.values.fill(Number.isFinite(value) ? value : NaN, to, to + NUMBERS);
      }
    }

    /** A row that came late for a bucket that spans its step. */
    join(bucket, flat) {
      this.rows[bucket]++;
      for (let k = 0; k < this.series; k++) {
        const value = numberOf(flat[k]);
        this.marks[bucket * this.series + k] |= markOf(value);
        if (!Number.isFinite(value)) continue;
        this.fits(value);
        const v = this.values;
        const a = (bucket * this.series + k) * NUMBERS;
        v[a] = either(v[a], value);
        v[a + 1] = Math.min(either(v[a + 1], value), value);
        v[a + 2] = Math.max(either(v[a + 2], value), value);
        v[a + 3] = either(v[a + 3], value);
      }
    }

    /** Takes eight bytes a number where four do not hold this one, as io.foreshock.view.Column does. */
    fits(value) {
      if (!Number.isFinite(value) || value === 0 || !(this.values instanceof Float32Array)) return;
      if (Math.abs(value) < LEAST_SINGLE || !Number.isFinite(Math.fround(value))) this.values = Float64Array.from(this.values);
    }

    /** Merges neighbours until the timeline has room again; rows close to these steps stay as they are. */
    fit(capacity, closeups) {
      if (this.count <= capacity) return;
      const close = closeups();
      const room = capacity - (capacity >> 2);
      let total = 0;
      for (let i = 0; i < this.count; i++) total += this.rows[i];
      this.merge(this.kept(capacity, close));
      while (this.count > room && this.width < total) {
        this.width *= 2;
        this.merge(this.kept(capacity, close));
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
      this.series = 0;
      this.packedAxes = json.axes || [];
      this.axes = [];
      for (const metric of json.metrics || []) {
        const entry = {name: metric.name, layers: metric.layers, heads: metric.heads, packed: metric, timeline: null};
        this.metrics.set(key(metric.name, metric.layers, metric.heads), entry);
        this.series += Math.max(1, metric.layers) * Math.max(1, metric.heads);
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
          for (const [attempt, at, flat] of entry.waiting || []) {
            made.add(attempt, at, flat);
            made.fit(this.capacity(), () => this.closeups());
          }
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
      return this.incidents.filter(i => i.severity !== "info").slice(0, 32)
        .flatMap(i => [[i.onset_step - margin, i.onset_step + margin], [i.detected_step - margin, i.detected_step + margin]]);
    }

    /** Buckets that each timeline may hold by now. */
    capacity() {
      return Math.max(LEAST_CAPACITY, Math.min(CAPACITY, Math.floor(BUCKETS / Math.max(1, this.series))));
    }

    append(row) {
      const now = this.attempts[this.attempts.length - 1];
      if (now && now.attempt === row.attempt) {
        now.last_step = Math.max(now.last_step, row.step);
      } else {
        this.attempts.push({attempt: row.attempt, first_step: row.step, last_step: row.step});
        if (this.attempts.length > ATTEMPTS) this.attempts.shift();
      }
      this.rows++;
      this.end = null;
      if (row.ts) {
        this.first_ts = this.first_ts || row.ts;
        this.last_ts = Math.max(this.last_ts || 0, row.ts);
      }
      let fresh = false;
      for (const [name, value] of Object.entries(row.metrics)) {
        const layers = Array.isArray(value) ? value.length : 0;
        const heads = layers && Array.isArray(value[0]) ? value[0].length : 0;
        const flat = heads ? value.flat() : layers ? value : [value];
        const id = key(name, layers, heads);
        let entry = this.metrics.get(id);
        if (!entry) {
          if (this.series + flat.length > SERIES) continue;
          this.series += flat.length;
          entry = {name, layers, heads, packed: null, timeline: new Timeline(flat.length)};
          this.metrics.set(id, entry);
          fresh = true;
        }
        if (entry.timeline) {
          entry.timeline.add(row.attempt, row.step, flat);
          entry.timeline.fit(this.capacity(), () => this.closeups());
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

  /** Where an incident's band ends on a chart, in canvas pixels: an open one goes on as far as its run. */
  function endX(u, view, incident) {
    const end = endOf(incident);
    return u.valToPos(end === null ? Math.max(incident.detected_step, view.run.last()) : end, "x", true);
  }

  function endOf(incident) {
    return incident.status === "resolved" ? incident.step : null;
  }

  Object.assign(parts, {NUMBERS, Run, endOf, endX, placeName, seriesOf});
})(window.ForeshockParts = window.ForeshockParts || {});
