/* Numbers, words and elements of the view. Part of view.js. */
(function (parts) {
  "use strict";

  const SEVERITIES = ["info", "warning", "critical"];
  const SHAPES = {info: "●", warning: "▲", critical: "◆"};

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

  function capital(text) {
    return text.slice(0, 1).toUpperCase() + text.slice(1);
  }

  /** "Loss spike" within a sentence; "KL runs away" stays as it is. */
  function inSentence(text) {
    return /^[A-Z][a-z ]/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text;
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

  /** Settings keep their lines. */
  function visibleLines(text) {
    return String(text).split("\n").map(visible).join("\n");
  }

  Object.assign(parts, {SEVERITIES, SHAPES, capital, count, el, foreign, inSentence, number, step, title, took, unit, visible, visibleLines});
})(window.ForeshockParts = window.ForeshockParts || {});
