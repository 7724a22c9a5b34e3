/* Kinds of charts: lines, heat maps of layers and heads, lanes of incidents. Part of view.js. */
(function (global, parts) {
  "use strict";

  const {step, number, count, el, foreign, visible, unit, SHAPES, seriesOf, placeName, endX, endOf, NUMBERS, ratio, clipped, mark, line} = parts;

  const MARKS = [[1, "NaN"], [2, "Infinity"], [4, "−Infinity"]];
  const VIRIDIS = ["#440154", "#482878", "#3e4a89", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

  /** Bands of the incidents that concern these metrics, drawn behind the lines; what they say is drawn above. */
  const Bands = {
    behind(chart, u) {
      const view = chart.view;
      const colours = view.colours();
      chart.bands = [];
      clipped(u, ctx => {
        for (const incident of view.incidentsOn(chart)) {
          const x0 = u.valToPos(incident.onset_step, "x", true);
          const x1 = endX(u, view, incident);
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
      if (x < u.bbox.left - 4 || x > u.bbox.left + u.bbox.width + 4 || x - lastX < 9 * ratio()) continue;
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

  /** A few round numbers from low to high: powers of ten, what lies between them where these are few, even steps within one. */
  function decades(low, high) {
    if (!(high > low) || !(low > 0)) return [];
    const power = Math.log10(high / low);
    if (power < 0.8) {
      const rough = (high - low) / 3;
      const unit = Math.pow(10, Math.floor(Math.log10(rough)));
      const by = [1, 2, 5, 10].find(m => m * unit >= rough) * unit;
      const ticks = [];
      for (let tick = Math.ceil(low / by) * by; tick <= high; tick += by) ticks.push(Number(tick.toPrecision(12)));
      return ticks;
    }
    const from = Math.floor(Math.log10(low)), to = Math.ceil(Math.log10(high));
    const every = Math.max(1, Math.ceil((to - from) / 5));
    const ticks = [];
    for (let at = from; at <= to; at += every) {
      for (const digit of power > 3 ? [1] : power > 1.5 ? [1, 3] : [1, 2, 5]) ticks.push(Number((digit * Math.pow(10, at)).toPrecision(2)));
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
  function lineChart(chart) {
    const view = chart.view;
    const wanted = chart.kind.wanted(chart);
    chart.names = new Set(wanted.map(w => w.name));
    const overlaid = new Set(wanted.map(w => w.run)).size > 1;
    const names = [...new Set(wanted.map(w => w.name))];
    const tables = [], series = [], marks = [], shown = [];
    const numbers = [];
    for (const one of wanted) {
      const timeline = one.entry.timeline;
      const k = typeof one.k === "function" ? one.k(timeline) : one.k;
      const colour = overlaid ? view.runColour(one.run) : names.indexOf(one.name);
      const dash = overlaid && names.indexOf(one.name) > 0 ? [6, 3] : undefined;
      shown.push(Object.assign({}, one, {k, timeline, colour, dash, place: placeName(one.entry, k)}));
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
    wanted(chart) {
      const wanted = [];
      for (const run of chart.view.shownRuns()) {
        for (const entry of run.metrics.values()) {
          if (!entry.layers && chart.view.place(entry.name).panel === chart.panel) wanted.push({run, entry, k: 0, name: entry.name});
        }
      }
      return wanted;
    },
    build: lineChart,
    read: readLines,
  };

  /** The worst of several layers or heads as a line: the one an incident names, else the most extreme. */
  const Worst = {
    name: "worst",
    height: () => 120,
    wanted(chart) {
      return chart.view.shownRuns()
        .map(run => ({run, entry: [...run.metrics.values()].find(e => e.layers && e.name === chart.metric), name: chart.metric}))
        .filter(one => one.entry)
        .map(one => Object.assign(one, {k: timeline => worst(one.run, one.entry, timeline, chart.view.place(one.name).low)}));
    },
    build: lineChart,
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
    wanted: chart => [{run: chart.view.run, entry: chart.entry()}],
    build(chart) {
      const view = chart.view;
      const entry = chart.entry();
      const timeline = entry.timeline;
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
        const x0 = u.valToPos(incident.onset_step, "x", true);
        const x1 = endX(u, chart.view, incident);
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
    wanted: () => [],
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
          const x0 = u.valToPos(incident.onset_step, "x", true);
          const found = u.valToPos(incident.detected_step, "x", true);
          const x1 = endX(u, view, incident);
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

  Object.assign(parts, {Heat, Lanes, Lines, Worst, lanesOf, shape, swatch});
})(window, window.ForeshockParts = window.ForeshockParts || {});
