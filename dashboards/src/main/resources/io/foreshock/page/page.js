/*
 * What the list and a run's page share. Text from outside is only ever set as text. No state but the page's own; what a
 * person typed once (a name, the token) is kept by the browser, the token for this tab alone.
 */
"use strict";

const Page = (() => {
  /** An element with attributes, a class under "class", and children; texts become text nodes. */
  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) made.setAttribute(name, value);
    }
    for (const child of children) {
      if (child !== null && child !== undefined) made.append(child);
    }
    return made;
  }

  /** Sets a text only where it differs: what does not change is not laid out anew, and can be selected. */
  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  const whole = new Intl.NumberFormat("en");
  const rough = new Intl.NumberFormat("en", {maximumSignificantDigits: 3});

  function step(number) {
    return number === null || number === undefined ? "–" : whole.format(number);
  }

  function rate(number) {
    return number === null || number === undefined ? "–" : rough.format(number);
  }

  /** How long ago, in words. */
  function ago(millis) {
    const seconds = Math.max(0, Math.round((Date.now() - millis) / 1000));
    if (seconds < 90) return seconds + " s";
    if (seconds < 5400) return Math.round(seconds / 60) + " min";
    return seconds < 172800 ? Math.round(seconds / 3600) + " h" : Math.round(seconds / 86400) + " d";
  }

  /** The address of a run's page. Browsers resolve dots, even written as %2e, so those two names have others. */
  function part(run) {
    return encodeURIComponent(run === "." || run === ".." ? "~" + run : run);
  }

  function marks(open) {
    return ["critical", "warning", "info"].filter(severity => open[severity] > 0)
      .map(severity => el("span", {class: "mark " + severity, title: open[severity] + " open, " + severity},
        whole.format(open[severity]) + " " + severity + (severity === "warning" && open[severity] > 1 ? "s" : "")));
  }

  function state(line) {
    return line.state === "silent" ? "silent for " + ago(line.heard) : line.state;
  }

  /** Waits before the next try: half a second, after each failure twice as long, 15 s at most; and not all tabs at once. */
  function pause(failures) {
    const millis = Math.min(15000, 500 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 4);
    return new Promise(done => setTimeout(done, millis));
  }

  /**
   * Follows server-sent events. The browser connects again by itself with the id of what it was told last; where the server
   * refuses, it gives up, and we try anew.
   *
   * @param path where; or a function that makes it of the id of what was told last, "" if nothing was
   */
  function follow(path, handlers, linkElement) {
    let source = null;
    let last = "";
    let failures = 0;
    let closed = false;
    function open() {
      if (closed) return;
      const opened = source = new EventSource(typeof path === "function" ? path(last) : path);
      opened.onopen = () => {
        failures = 0;
        link(linkElement, true);
      };
      opened.onerror = () => {
        link(linkElement, false);
        if (opened.readyState === EventSource.CLOSED) pause(failures++).then(open);
      };
      for (const [name, take] of Object.entries(handlers)) {
        opened.addEventListener(name, event => {
          // What was on its way when the stream was closed is not for us any more.
          if (closed) return;
          last = event.lastEventId;
          take(JSON.parse(event.data));
        });
      }
    }
    open();
    return {
      close() {
        closed = true;
        source.close();
      },
    };
  }

  function link(element, up) {
    element.className = up ? "link up" : "link down";
    say(element, up ? "live" : "connection lost, trying again");
  }

  /** An error of the API in words. */
  async function problem(response) {
    try {
      return (await response.json()).detail || response.statusText;
    } catch (e) {
      return response.status + " " + response.statusText;
    }
  }

  /** An answer must come some time: a network that went away says nothing. */
  const PATIENCE_MILLIS = 60000;

  /** An answer, whatever it says. */
  function ask(path) {
    return fetch(path, {headers: {Accept: "application/json"}, signal: AbortSignal.timeout(PATIENCE_MILLIS)});
  }

  async function get(path) {
    const response = await ask(path);
    if (!response.ok) throw new Error(await problem(response));
    return response;
  }

  const TOKEN = "foreshock.token";

  /** A change: with the header that no other site can send, and the token where one was given. */
  async function post(path, body) {
    const headers = {"Content-Type": "application/json", "X-Foreshock": "1"};
    const token = sessionStorage.getItem(TOKEN);
    if (token) headers.Authorization = "Bearer " + token;
    const response = await fetch(path, {method: "POST", headers, body: JSON.stringify(body)});
    if (response.status === 403) sessionStorage.removeItem(TOKEN);
    if (!response.ok) throw new Error(await problem(response));
    return response.json();
  }

  return {el, say, step, rate, ago, part, marks, state, pause, link, follow, ask, get, post,
    hasToken: () => sessionStorage.getItem(TOKEN) !== null, keepToken: token => sessionStorage.setItem(TOKEN, token)};
})();
