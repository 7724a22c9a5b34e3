/*
 * A run's page: its view (view.js) with what comes, and what a person does about it. The address says what is shown, so that it
 * can be sent to somebody, and "back" goes back.
 */
"use strict";

(() => {
  const {el, say, step, rate, part, marks, state} = Page;
  const $ = id => document.getElementById(id);
  const named = decodeURIComponent(location.pathname.slice("/runs/".length));
  const api = "/api/v1/runs/" + encodeURIComponent(named);
  /** Rows are drawn a few times a second, however fast they come. */
  const DRAW_MILLIS = 200;
  /** A drag is one step of "back", not a hundred. */
  const KEEP_MILLIS = 350;

  let view = null;
  let stream = null;
  let line = null;
  let changes = "open";
  let rows = [];
  let drawing = 0;
  let keeping = 0;
  /** Until then the view follows the address, and nothing is written to it. */
  let quietUntil = 0;
  /** What somebody has acknowledged and is not over, by id. */
  const seen = new Map();
  let loading = false;
  window.foreshockView = () => view;

  say($("name"), named);
  document.title = named + " · Foreshock";

  function asked() {
    const query = new URLSearchParams(location.search);
    const from = query.get("from");
    const to = query.get("to");
    const whole = text => text !== null && /^[0-9]{1,18}$/.test(text);
    return {incident: query.get("incident"), range: whole(from) && whole(to) && +from < +to ? [+from, +to] : null};
  }

  function keep(parts) {
    if (performance.now() < quietUntil) return;
    clearTimeout(keeping);
    keeping = setTimeout(() => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(parts)) {
        if (value !== null && value !== undefined) query.set(name, value);
      }
      const next = location.pathname + (query.size ? "?" + query : "");
      if (next !== location.pathname + location.search) history.pushState(null, "", next);
    }, KEEP_MILLIS);
  }

  function follow() {
    quiet();
    const wanted = asked();
    if (wanted.incident) view.choose(wanted.incident);
    if (wanted.range) view.zoomTo(wanted.range[0], wanted.range[1]);
    if (!wanted.incident && !wanted.range) view.zoomTo();
  }

  /** What the view shows of its own now is no step of "back". */
  function quiet() {
    clearTimeout(keeping);
    quietUntil = performance.now() + 2 * KEEP_MILLIS;
  }

  /** Takes the run anew, until that succeeds, and goes on listening from there. */
  async function load() {
    if (loading) return;
    loading = true;
    // What is told meanwhile is part of what is taken; appended to what is shown, it would come after a gap.
    if (stream) stream.close();
    let cursor = "";
    for (let failures = 0; ; failures++) {
      try {
        cursor = await fetchView();
        break;
      } catch (error) {
        Page.link($("link"), false);
        note((view ? "What is shown may be old" : "The run cannot be shown") + ", trying again: " + error.message);
        await Page.pause(failures);
      }
    }
    loading = false;
    listen(cursor);
  }

  /** Says what is to be known of what is shown; nothing, if all is well. */
  function note(text) {
    $("empty").hidden = !text;
    say($("empty"), text);
  }

  /** Shows the run as it is; returns up to where. */
  async function fetchView() {
    const [health, now, response] = await Promise.all([
      // The topics may be unreadable for now; what may be changed is known all the same.
      Page.ask("/api/v1/health").then(answer => answer.json()),
      Page.get(api).then(answer => answer.json()),
      Page.get(api + "/view"),
    ]);
    const drawn = await response.json();
    changes = health.changes;
    head(now);
    const partial = response.headers.get("X-Foreshock-Detail") !== "full";
    const before = view ? {range: range(), top: scrollY} : null;
    if (view) view.destroy();
    rows = [];
    const wanted = asked();
    quietUntil = Infinity;
    view = Foreshock.mount($("view"), drawn, {
      header: false,
      incident: wanted.incident || undefined,
      range: (before && before.range) || wanted.range || undefined,
      onRange: (first, last, whole) => keep(whole ? {} : {from: first, to: last}),
      onIncident: incident => {
        keep({incident: incident.id});
        // Its steps are shown because of it, not for themselves.
        quietUntil = performance.now() + KEEP_MILLIS / 2;
      },
      actions,
      state: () => !line ? "" : line.state === "silent" ? "It has been " + state(line) + "." : "It is running.",
    });
    view.ready.then(() => {
      quiet();
      if (before) scrollTo(0, before.top);
    });
    seen.clear();
    drawn.runs[0].incidents.forEach(notice);
    acknowledged();
    $("view").classList.toggle("partial", partial);
    note(partial ? "The run's telemetry is still being read; these are its signals. Layers and heads follow." : "");
    return response.headers.get("X-Foreshock-Cursor");
  }

  /** Steps shown, where they are not all. */
  function range() {
    const query = asked();
    return query.range;
  }

  function listen(cursor) {
    stream = Page.follow(last => api + "/events?after=" + encodeURIComponent(last || cursor), {
      head,
      view: load,
      row(row) {
        rows.push(row);
        if (!drawing) drawing = setTimeout(append, DRAW_MILLIS);
      },
      incident: change => {
        append();
        view.incident(change);
        notice(change);
        acknowledged();
      },
      signals: row => view.signals(row),
      ended: how => {
        append();
        view.ended(how);
      },
      trouble: problem => note(problem.detail),
    }, $("link"));
  }

  function append() {
    clearTimeout(drawing);
    drawing = 0;
    if (rows.length) {
      view.append(rows);
      rows = [];
    }
  }

  function head(now) {
    line = now;
    const parts = [
      el("span", {class: "pill " + now.state}, state(now)),
      el("span", null, "step " + step(now.last_step)),
      now.state === "running" && now.steps_per_second !== null ? el("span", {title: "By the run's own clock"}, rate(now.steps_per_second) + " steps/s") : null,
      now.attempt ? el("span", null, "resumed " + now.attempt + (now.attempt === 1 ? " time" : " times")) : null,
      ...marks(now.open),
      now.acknowledged ? el("span", {class: "mark handled"}, now.acknowledged + " acknowledged") : null,
      now.rejected ? el("span", {class: "mark handled", title: "What could not be read; topic foreshock.rejected says why"}, now.rejected + " events rejected") : null,
      changes === "off" ? el("span", {class: "mark handled", title: "The page was started without a token"}, "read only") : null,
    ].filter(Boolean);
    $("head").replaceChildren(...parts);
    const key = JSON.stringify(now.mutes);
    if ($("mutes").dataset.key !== key) {
      $("mutes").dataset.key = key;
      $("mutes").replaceChildren(...now.mutes.map(muted));
    }
  }

  function notice(incident) {
    seen.delete(incident.id);
    if (incident.acknowledged && incident.status !== "resolved") seen.set(incident.id, incident);
  }

  function acknowledged() {
    $("seen").replaceChildren(...[...seen.values()].map(incident => el("li", null, incident.signature + " is acknowledged"
      + (incident.acknowledged.by ? " by " + incident.acknowledged.by : "")
      + (incident.acknowledged.note ? ": " + incident.acknowledged.note : ""))));
  }

  function muted(mute) {
    const until = [mute.until ? "until " + new Date(mute.until).toLocaleString() : "", mute.until_step ? "up to step " + step(mute.until_step) : ""].filter(Boolean);
    const words = (mute.signature === "all" ? "Everything" : mute.signature) + (mute.run === named ? "" : " of " + mute.run)
      + " is muted " + (until.length ? until.join(", ") : "until it is unmuted")
      + (mute.by ? " by " + mute.by : "") + (mute.note ? ": " + mute.note : "");
    const item = el("li", null, words + " ");
    if (changes !== "off") {
      const button = el("button", {type: "button", class: "unmute"}, "Unmute");
      button.addEventListener("click", () => ask({
        title: "Unmute " + mute.signature,
        text: "What is open is told again at once, and calls.",
        ok: "Unmute",
        fields: [],
        act: () => Page.post("/api/v1/unmute", {run: mute.run, signature: mute.signature}),
      }));
      item.append(button);
    }
    return item;
  }

  /** Buttons beside an incident. */
  function actions(incident) {
    if (changes === "off" || incident.status === "resolved") return [];
    const buttons = [];
    if (!incident.acknowledged) {
      buttons.push({label: "Acknowledge", title: "Say that somebody has seen it: it need not call anybody again", act: () => ask({
        title: "Acknowledge " + incident.signature,
        text: "The job goes on judging it and tells it again with your name.",
        ok: "Acknowledge",
        fields: ["by", "note"],
        act: given => Page.post("/api/v1/ack", {incident: incident.id, by: given.by, note: given.note}),
      })});
    }
    if (!incident.muted) {
      buttons.push({label: "Mute", title: "Let this signature of this run call nobody for a while", act: () => ask({
        title: "Mute " + incident.signature,
        text: "The job goes on judging it, and calls nobody for it in this run.",
        ok: "Mute",
        fields: ["for", "by", "note"],
        act: given => Page.post("/api/v1/mute", {run: incident.run || drawnRun(), signature: incident.signature,
          ...(given.for ? {for_seconds: +given.for} : {}), by: given.by, note: given.note}),
      })});
    }
    return buttons;
  }

  function drawnRun() {
    return line ? line.run : named;
  }

  const LENGTHS = [["1800", "30 minutes"], ["7200", "2 hours"], ["28800", "8 hours"], ["86400", "1 day"], ["604800", "1 week"], ["", "until unmuted"]];
  const NAME = "foreshock.name";

  function input(name) {
    if (name === "for") {
      const select = el("select", {name}, ...LENGTHS.map(([value, text]) => el("option", {value}, text)));
      select.value = "7200";
      return el("label", null, "For ", select);
    }
    const titles = {by: "Your name", note: "Note", token: "Token of this page"};
    const field = el("input", {name, type: name === "token" ? "password" : "text", maxlength: "500", autocomplete: "off"});
    if (name === "by") field.value = localStorage.getItem(NAME) || "";
    return el("label", null, titles[name] + " ", field);
  }

  /** Asks, does it, and says what went wrong while the question is still there. */
  function ask(question) {
    const dialog = $("dialog");
    const form = dialog.querySelector("form");
    const fields = () => question.fields.concat(changes === "token" && !Page.hasToken() ? ["token"] : []);
    say($("dialog-title"), question.title);
    say($("dialog-text"), question.text);
    say($("dialog-ok"), question.ok);
    say($("dialog-wrong"), "");
    $("dialog-fields").replaceChildren(...fields().map(input));
    $("dialog-cancel").onclick = () => dialog.close();
    form.onsubmit = async event => {
      event.preventDefault();
      const given = Object.fromEntries([...form.querySelectorAll("input, select")].map(field => [field.name, field.value.trim()]));
      if (given.token) Page.keepToken(given.token);
      if (given.by) localStorage.setItem(NAME, given.by);
      $("dialog-ok").disabled = true;
      try {
        await question.act(given);
        dialog.close();
      } catch (error) {
        say($("dialog-wrong"), error.message);
        if (changes === "token" && !Page.hasToken() && !form.querySelector("[name=token]")) $("dialog-fields").append(input("token"));
      } finally {
        $("dialog-ok").disabled = false;
      }
    };
    dialog.showModal();
  }

  addEventListener("popstate", () => {
    if (view) follow();
  });
  addEventListener("pagehide", () => {
    if (stream) stream.close();
  });
  addEventListener("pageshow", event => {
    if (event.persisted) load();
  });
  load();
})();
