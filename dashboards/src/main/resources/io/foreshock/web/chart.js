/* One chart over steps, drawn by uPlot. Part of view.js. */
(function (global, parts) {
  "use strict";

  const {step, el, foreign} = parts;

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

    /** Waits until everything it draws is unpacked. */
    async prepare() {
      await Promise.all(this.kind.wanted(this).map(one => one.run.timeline(one.entry)));
    }

    /** Makes or remakes the chart, if nobody has taken it away meanwhile. */
    async make() {
      await this.prepare();
      if (this.view.charts.includes(this)) this.draw();
    }

    /** The same, of what is unpacked. */
    draw() {
      const built = this.kind.build(this);
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
      await this.prepare();
      if (!this.view.charts.includes(this)) return;
      const built = this.plot && !this.dirty ? this.kind.build(this) : null;
      if (!built || built.series.length !== this.built.series.length) {
        this.draw();
        return;
      }
      this.built = built;
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

  Object.assign(parts, {Chart, DARK, LIGHT, clipped, line, mark, ratio});
})(window, window.ForeshockParts = window.ForeshockParts || {});
