"""Labels of the supervised runs: rules over the whole curve, with the configuration known. README.md states them in words."""
import math

import numpy as np

from runlog import course, first, lasting, noise, smooth


def label(log, c):
    """All rules, in an order in which later ones may ask what earlier ones found."""
    rules = [non_finite, learning_rate, divergence, spikes, attention, output_logits, activations, updates, layers, plateau, overfitting, forgetting,
             ranks, experts, warmup, clock, resumed, planned]
    for rule in rules:
        rule(log, c)


def stretch(n):
    return max(9, n // 50)


def symbols(c):
    """Size of the output: tokens, classes, or residues."""
    return c["p"] if c.get("task") == "addition" else c.get("V") or c["classes"]


def series(log, metric, part=None):
    """(lines, values) of a scalar, or of the largest or smallest part of an array."""
    if part is None:
        return log.column(metric, 0 if log.rows and "rank" in log.rows[0] else None)
    lines = [i for i, r in enumerate(log.rows) if metric in r["metrics"]]
    pick = {"max": np.max, "min": np.min}[part]
    return np.array(lines, int), np.array([pick(np.asarray(log.rows[i]["metrics"][metric], float)) for i in lines])


def finite(lines, v):
    ok = np.isfinite(v)
    return lines[ok], v[ok]


def has(log, *signatures):
    return any(e["signature"] in signatures and "ambiguous" not in e for e in log.events)


def non_finite(log, c):
    lines, v = series(log, "loss")
    g_lines, g = series(log, "grad_norm")
    bad = first(~np.isfinite(v))
    if c.get("fp16") and bad is None:
        skipped = np.flatnonzero(series(log, "skipped_step")[1] > 0)
        runs = np.split(skipped, np.flatnonzero(np.diff(skipped) > 1) + 1) if len(skipped) else []
        for r in runs:
            if len(r) >= 12:
                log.event("non_finite", lines[r[0]], lines[r[0]], lines[r[-1]] if r[-1] < len(lines) - 1 else None, f"{len(r)} overflowing steps in a row, all skipped")
            else:
                log.benign("loss_scale_backoff", lines[r[0]], "an overflowing gradient is skipped and the loss scale halved")
        return
    starts = [k for k in (bad, first(~np.isfinite(g))) if k is not None]
    if starts:
        on = min(starts)
        both = ~np.isfinite(v) | ~np.isfinite(g)
        back = None if both[-1] else int(np.flatnonzero(both)[-1]) + 1
        log.event("non_finite", lines[on], lines[on], None if back is None else lines[back], f"first non-finite value; loss {v[on]:.4g}, gradient norm {g[on]:.4g}")


def learning_rate(log, c):
    """Faults that were arranged; a schedule that restarts by plan is a matter of taste."""
    for at, length, mul in c.get("lr_fault", ()):
        if mul > 1.9 or mul < .06:
            end = log.line_of(at + length) if at + length < c["steps"] else None
            log.event("lr_anomaly", log.line_of(at), log.line_of(at), end, f"learning rate x{mul:g} for {length} steps")
        else:
            log.benign("lr_change", log.line_of(at), f"learning rate x{mul:g}")
    r = c.get("resume") or {}
    if r.get("lr_mul", 1.0) != 1.0 or r.get("shift", 0):
        line = log.line_of(r["to"])
        lines, lr = series(log, "lr")
        k = int(np.searchsorted(lines, line))
        jump = lr[k] / max(lr[k - 1], 1e-12)
        after = lr[min(k + 30, len(lr) - 1)] / max(lr[k - 1], 1e-12)
        much = max(jump, after, 1 / max(jump, 1e-9), 1 / max(after, 1e-9))
        log.event("lr_anomaly", line, line, None, f"after the resume the learning rate is x{jump:.3g} (x{after:.3g} 30 rows later)", ambiguous=bool(much < 1.9))
    if c.get("sched") == "restarts":
        lines, lr = series(log, "lr")
        for k in np.flatnonzero(lr[1:] > 1.9 * lr[:-1]):
            if k > c.get("warmup", 0) / log.every + 3:
                log.event("lr_anomaly", lines[k + 1], None, None if k + 60 > len(lines) else lines[k + 60 if k + 60 < len(lines) else -1], "a restart of the schedule, planned", ambiguous=True)


def spikes(log, c):
    """A raised stretch of the loss that comes back; the gradient likewise. The course is a two-sided median."""
    lines, v = finite(*series(log, "loss"))
    if len(v) < 60:
        return
    width = max(41, len(v) // 15)
    base = course(v, width)
    sd = max(noise(v), 1e-9)
    head = int(.03 * len(v))
    changes = [log.line_of(a) for a, _ in c.get("mix", ())]
    raised = np.maximum(v, smooth(v, 3)) > base + np.maximum(4 * sd, .1 * np.abs(base))
    floor = .02 * np.median(v[:10])
    regions = merge(np.flatnonzero(raised & (v > floor)), 6)
    g_lines, g = series(log, "grad_norm")
    g_base = course(np.log(np.where(np.isfinite(g) & (g > 0), g, 1e-12)), width)
    found = []
    arranged = [(log.line_of(x[0]), x[1]) for x in (*c.get("bad", ()), *c.get("lr_fault", ()))] + ([(log.line_of(c["resume"]["to"]), 60)] if c.get("resume") else [])
    quiet = np.ones(len(v), bool)
    quiet[:head] = False
    for a, n in arranged:
        quiet[max(0, np.searchsorted(lines, a) - 1):np.searchsorted(lines, a + n / log.every + width)] = False
    excess = (v - base)[quiet]
    tail = np.quantile(excess, .99) if quiet.sum() > 50 else 0.0          # what this run's own noise does now and then
    for at, n, _ in c.get("bad", ()):                             # a stretch of bad batches is one event, whatever the loss does meanwhile
        on = int(np.searchsorted(lines, log.line_of(at)))
        over = int(min(on + n / log.every + 1, len(v) - 1))
        before = float(np.median(v[max(0, on - 20):on]))
        high = v > before + max(4 * sd, .1 * abs(before))
        rise, peak = first(high, on), on + int(np.argmax(v[on:over + 10]))
        ratio, sigma, height = v[peak] / before, (v[peak] - before) / sd, (v[peak] - before) / max(tail, 1e-12)
        if rise is None or rise > over + 10 or ratio < 1.15 or sigma < 6 or height < 1:
            continue
        back = first(smooth(v, 3) < before + .35 * (v[peak] - before), max(peak, over - 1))
        found.append((lines[rise], lines[over]))
        log.event("loss_spike", lines[rise], lines[peak], None if back is None else lines[back], f"{n} bad batches: loss {before:.3g} -> {v[peak]:.3g} ({sigma:.0f} noises)",
                  ambiguous=ratio < 1.35 or sigma < 8 or height < 1.3)
    bad = [(log.line_of(at) - 2, log.line_of(at + n) + 15) for at, n, _ in c.get("bad", ())]
    for a, b in regions:
        if any(x <= lines[b] and lines[a] <= y for x, y in bad):
            continue
        if a < head or any(abs(lines[a] - k) < width for k in changes):
            continue
        peak = a + int(np.argmax(v[a:b + 1]))
        before = float(np.median(v[max(0, a - 20):a])) if a > 3 else base[a]
        ratio, sigma = v[peak] / before, (v[peak] - before) / sd
        meant = any(x - 3 <= lines[b] and lines[a] <= x + n / log.every + 30 for x, n in arranged)
        height = (v[peak] - before) / max(tail, 1e-12)
        if ratio < 1.15 or sigma < 6 or height < (1 if meant else 2):
            continue
        a += first(v[a:peak + 1] > before + .5 * max(4 * sd, .1 * abs(before))) or 0          # where the raw loss rises
        end = first(smooth(v, 5)[b:] < before + .35 * (v[peak] - before))
        found.append((lines[a], lines[b]))
        lost = any(e["signature"] == "loss_divergence" and e["failure_line"] is not None and lines[a] > e["failure_line"] + 5 for e in log.events)
        doubt = lost or ratio < 1.35 or sigma < 8 or height < (1.3 if meant else 3) or not meant and b - a < 2
        late = v[-1:] if b >= len(v) - 3 else None
        log.event("loss_spike", lines[a], lines[peak], None if late is not None else lines[min(b + 1 + (end or 0), len(v) - 1)],
                  f"loss {before:.3g} -> {v[peak]:.3g} ({sigma:.0f} noises)", ambiguous=doubt)
    hills(log, c, lines, v, sd, tail, found, changes)
    sure = [(e["onset_line"], e["end_line"] or lines[-1]) for e in log.events if e["signature"] == "loss_spike" and "ambiguous" not in e]
    up = np.log(np.where(np.isfinite(g) & (g > 0), g, 1e-12)) - g_base
    tight = max(noise(np.log(np.maximum(g[np.isfinite(g)], 1e-12))), 1e-3)
    loss_small = course(v, width) < .05 * np.median(v[:10])
    for a, b in merge(np.flatnonzero(up > max(math.log(2.5), 4 * tight)), 6):
        if a < head or b - a > width or (len(loss_small) == len(g) and loss_small[a]):
            continue
        peak = a + int(np.argmax(up[a:b + 1]))
        times = math.exp(up[peak])
        together = any(x - 3 <= g_lines[b] and g_lines[a] <= y + 3 for x, y in sure)
        if times > 2.5 and together or times > 4:
            log.event("grad_norm_spike", g_lines[a], g_lines[peak], g_lines[min(b + 1, len(g) - 1)], f"gradient norm {times:.1f} times its course",
                      ambiguous=not (together or times > 10 and b - a > 2))
    w = stretch(len(g))
    level = smooth(np.log10(np.maximum(np.where(np.isfinite(g), g, 1e12), 1e-12)), w)
    low = np.minimum.accumulate(level)
    k = lasting(level > low + .9)
    loss = smooth(v, w)
    if k is not None and head < k < len(g) - w and level[-1] > low[k] + 1.3 and loss[-1] > 1.03 * loss.min():
        fail = first(level > low + 2, k)
        log.event("grad_explosion", g_lines[first(level > low + .5, max(0, k - 3 * w))], None if fail is None else g_lines[fail], None,
                  f"gradient norm {10 ** low[k]:.3g} -> {10 ** level[-1]:.3g}, loss above its best", ambiguous=bool(loss[-1] < .03 * loss[0]))


def hills(log, c, lines, v, sd, tail, found, changes):
    """Rises too long for the running median: the smoothed loss stands over its best of the last eighth of the run, and comes back."""
    s, n = smooth(v, 7), max(60, len(v) // 8)
    best = np.array([s[max(0, k - n):k + 1].min() for k in range(len(s))])
    high = s > best + np.maximum(.08 * best, 5 * sd / math.sqrt(7))
    gone = [e["onset_line"] for e in log.events if e["signature"] in ("loss_divergence", "non_finite")]
    for a, b in merge(np.flatnonzero(high & (v > .005 * np.median(v[:10]))), 12):
        peak = a + int(np.argmax(s[a:b + 1]))
        low, top = s[max(0, a - n):a + 1].min(), s[peak]
        near = [*changes, *gone]
        if a < .05 * len(v) or b - a < 12 or any(lines[a] - 5 <= y and x <= lines[b] + 5 for x, y in found) or any(-n < lines[a] - k < n for k in near):
            continue
        ratio, height = top / low, (top - low) / max(tail, 1e-12)
        local = noise(v[max(0, a - n):b + 1])
        if any(k < lines[a] for k in gone) or ratio < 1.1 or height < .7 or top - low < 7 * local / math.sqrt(7):
            continue
        restart = c.get("sched") == "restarts"
        back = first(s[peak:] < low + .35 * (top - low))
        found.append((lines[a], lines[b]))
        log.event("loss_spike", lines[a], lines[peak], None if back is None else lines[peak + back], f"hill of {b - a} rows: smoothed loss {low:.3g} -> {top:.3g}",
                  ambiguous=bool(restart or ratio < 1.2 or height < 1 or top < .05 * s[0]))


def merge(index, gap):
    """Runs of indices, joined over short gaps."""
    if not len(index):
        return []
    cut = np.flatnonzero(np.diff(index) > gap)
    return list(zip(index[np.r_[0, cut + 1]], index[np.r_[cut, len(index) - 1]]))


def attention(log, c):
    lines, v = series(log, "attention_logit_max", "max")
    if not len(v):
        return
    lines, v = finite(lines, v)
    s = course(v, 9)
    e_lines, e = finite(*series(log, "attention_entropy", "min"))
    low = smooth(e, 9)
    if s.max() > 50:
        on, hot = first(s > 50), first(s > 100)
        calm = first(s[on:] < 40)
        what = f"largest attention logit passes 50 and ends at {s[-1]:.4g} (100 at line {None if hot is None else lines[hot]}); lowest entropy of a layer ends at {low[-1]:.3g} nats"
        harm = first(s > 1000)
        still = s[-1] > 70
        log.event("attention_logit_growth", lines[on], None if harm is None else lines[harm], None if still else lines[on + calm] if calm else None,
                  what, ambiguous=hot is None or not still)
    k = lasting(low < .06)
    if k is not None:
        on = lasting(low < .3 * low[:20].mean())
        log.event("attention_entropy_collapse", e_lines[on], None, None, f"mean attention entropy of a layer {low[0]:.3g} -> {low[-1]:.3g} nats", ambiguous=not s.max() > 100)


def output_logits(log, c):
    lines, z = finite(*series(log, "log_z"))
    if len(z) < 60:
        return
    w, log_v = stretch(len(z)), math.log(symbols(c))
    s, early = smooth(np.abs(z), w), np.median(np.abs(z[len(z) // 12:len(z) // 5]))
    loss = smooth(series(log, "loss")[1], w)
    solved = loss[-1] < .03 * loss[0]
    if s[-1] > 3 * max(early, log_v) and s[-1] > 15:
        on = lasting(s > max(1.5 * early, early + 2))
        log.event("output_logit_drift", lines[on], None, None, f"|log Z| {early:.3g} -> {s[-1]:.3g}", ambiguous=bool(s[-1] < 5 * max(early, log_v) or solved))
    elif "V" in c and s[-1] > 1.8 * max(early, log_v):
        log.event("output_logit_drift", lines[lasting(s > 1.5 * max(early, log_v)) or 0], None, None, f"|log Z| {early:.3g} -> {s[-1]:.3g}: moderate", ambiguous=True)


def activations(log, c):
    lines, v = finite(*series(log, "activation_rms", "max"))
    if len(v) < 60:
        return
    w = stretch(len(v))
    s = smooth(np.log10(np.maximum(v, 1e-9)), w)
    early = s[len(s) // 12]
    peak = s.max()
    rises = s[-1] - s[3 * len(s) // 4] > .06
    loss = smooth(series(log, "loss")[1], w)
    solved = loss[-1] < .03 * loss[0]
    grown = peak - early
    if grown > 1 or peak > 2.5:
        on = first(s > min(early, s[0] + .3) + .5)
        log.event("activation_growth", lines[on], None, None, f"largest activation RMS {10 ** s[0]:.3g} -> {10 ** peak:.3g}", ambiguous=solved or not (grown > 1.5 and rises or peak - s[0] > 2))
    elif grown > .5:
        log.event("activation_growth", lines[first(s > early + .3)], None, None, f"largest activation RMS {10 ** early:.3g} -> {10 ** peak:.3g}: moderate", ambiguous=True)


def updates(log, c):
    """Update per unit of learning rate: schedule and growth of the weights cancel."""
    lines, r = series(log, "update_ratio")
    if len(r) < 60 or c.get("opt", "adam") != "adam" or c.get("fp16"):
        return
    _, lr = series(log, "lr")
    _, w = series(log, "param_norm")
    ok = np.isfinite(r) & (lr > 0) & (r >= 0)
    per = np.where(ok, r * w / np.maximum(lr, 1e-12), np.nan)
    lines, per = finite(lines, per)
    s = np.exp(smooth(np.log(np.maximum(per, 1e-15)), stretch(len(per))))
    head = max(len(s) // 12, int(np.searchsorted(lines, 2 * c["warmup"] / log.every)))      # Adam's first updates are large
    best = np.maximum.accumulate(s[head:])
    loss = smooth(series(log, "loss")[1][:len(s)], stretch(len(s)))
    if loss[-1] < .15 * loss[0]:
        return
    if c.get("eps", 1e-8) > 1e-3:
        what = f"Adam epsilon {c['eps']:g} dwarfs the gradient: update per unit of learning rate {s[len(s) // 4]:.3g}, in healthy runs of this size about {math.sqrt(w[0] ** 2 + 100):.0f}"
        tiny = s[len(s) // 4] < 1.0
        log.event("update_collapse", 0, 0 if tiny else None, None, what, weak=not tiny)
        return
    k = lasting(s[head:] < .02 * best)
    if k is not None:
        on = lasting(s[head:] < .4 * best)
        log.event("update_collapse", lines[head + on], lines[head + k], None, f"update per unit of learning rate {best[-1]:.3g} -> {s[-1]:.3g}")


def layers(log, c):
    """One layer's gradient against the others: gone (vanishing), or out of its old proportion (imbalance)."""
    lines, g = series(log, "grad_norm")
    loss = smooth(series(log, "loss")[1], stretch(len(g)))
    if len(g) < 60 or not np.isfinite(loss).all():
        return
    unlearned = loss[-1] > .3 * loss[0]
    total = np.exp(smooth(np.log(np.maximum(g, 1e-30)), stretch(len(g))))
    early = np.median(g[:max(5, len(g) // 30)])
    k = lasting(total < .01 * total.max())
    if k is not None and unlearned:
        log.event("grad_vanishing", lines[lasting(total < .3 * total.max())], lines[k], None, ambiguous=bool(loss[-1] < .6 * loss[0]), evidence=f"gradient norm {early:.3g} -> {total[-1]:.3g} while the loss stands at {loss[-1]:.3g} of {loss[0]:.3g}")
    rows = [r["metrics"].get("grad_norm/layer") for r in log.rows]
    if rows[0] is None or len(rows[0]) < 2 or "rank" in log.rows[0]:
        return
    layer = np.log(np.maximum(np.array([r for r in rows if r is not None], float), 1e-30))
    if c.get("frozen"):
        return
    share = layer - np.log(np.maximum(g, 1e-30))[:, None]
    s = np.stack([smooth(share[:, i], stretch(len(g))) for i in range(share.shape[1])])
    for i in range(len(s)):
        k = lasting(s[i] < math.log(1e-4))
        if k is not None and unlearned and not has(log, "grad_vanishing"):
            log.event("grad_vanishing", lines[k], None, None, f"gradient of layer {i} is {math.exp(s[i][-1]):.2g} of the total; loss {loss[-1]:.3g} of {loss[0]:.3g}",
                      ambiguous=bool(s[i][-1] > math.log(1e-5) or loss[-1] < .7 * loss[0]))
    f = c.get("layer_fault")
    if f:
        line = log.line_of(f[0])
        log.event("layer_imbalance", line, None, None, f"gradient of layer {f[1]} is multiplied by {f[2]:g} from here", ambiguous=bool(max(f[2], 1 / f[2]) < 4))


def divergence(log, c):
    """The loss never comes back to its best: by more than 3 % and six standard errors."""
    lines, v = series(log, "loss")
    if len(v) < 60:
        return
    lines, v = finite(lines, v)
    w = stretch(len(v))
    for at, n, _ in c.get("bad", ()):                            # what bad batches cost is no measure of the best
        a, b = np.searchsorted(lines, [log.line_of(at), log.line_of(min(at + n, c["steps"]))])
        v[a:b] = np.maximum(v[a:b], np.median(v[max(0, a - 20):a]))
    s = smooth(v, w)
    se = noise(v) / math.sqrt(w)
    mixes = [log.line_of(a) for a, _ in c.get("mix", ())]
    start = first(lines >= mixes[-1]) + w if mixes and mixes[-1] < lines[-1] else 0
    if s[-1] < .03 * s[0] and s.min() < .03 * s[0]:
        return
    best = np.minimum.accumulate(s[start:])
    rise = s[start:] - best
    limit = np.maximum(.03 * np.abs(best), 6 * se)
    k = lasting(rise > limit)
    if k is None or k > len(rise) - 2 * w:
        return
    k += start
    on = int(np.argmin(s[start:k + 1])) + start
    on = first(s[on:] > s[on] + .5 * limit[k - start]) + on
    faults = [log.line_of(a) for a, *_ in (*c.get("lr_fault", ()), *c.get("bad", ()))]
    on = next((np.searchsorted(lines, f) for f in faults if abs(f - lines[on]) < 2 * w), on)
    big = s[-1] > s[start:].min() + 2 * limit[-1]
    fail = lasting(s > s[start:].min() * 1.2) if s[-1] > 1.2 * s[start:].min() else None
    log.event("loss_divergence", lines[on], None if fail is None else lines[max(fail, on)], None,
              f"smoothed loss is at best {s[start:].min():.4g} and ends at {s[-1]:.4g}", ambiguous=not big)


def plateau(log, c):
    """Flat for the second half, far above what the data allow (the true entropy is known), and something explains it."""
    lines, v = finite(*series(log, "loss"))
    floor = getattr(log, "floor", None)
    if floor is None or len(v) < 100 or c.get("sched") == "restarts" or has(log, "loss_divergence", "non_finite"):
        return
    top, w = math.log(symbols(c)), stretch(len(v))
    s = smooth(v, w)
    left = (s[-1] - floor) / (top - floor)
    k = first(s < s[-1] + .02 * (top - floor))
    flat = s[len(s) // 2] - s[-1] < .02 * (top - floor)
    if not flat or left < .5:
        return
    cause = has(log, "attention_logit_growth", "attention_entropy_collapse", "update_collapse", "grad_vanishing", "activation_growth", "lr_anomaly")
    log.event("loss_plateau", lines[k], lines[k], None, f"loss stands at {s[-1]:.3g} from here; uniform guessing is {top:.3g}, the data allow {floor:.3g}",
              ambiguous=not cause or left < .6, weak=bool(c.get("eps", 0) > 1e-3 and left < .8))


def overfitting(log, c):
    lines, e = finite(*log.column("eval_loss"))
    if len(e) < 8 or c.get("ranks", 1) > 1:
        return
    k, train = int(np.argmin(e)), smooth(finite(*series(log, "loss"))[1], 15)
    t_lines = finite(*series(log, "loss"))[0]
    at = lambda line: train[min(int(np.searchsorted(t_lines, line)), len(train) - 1)]
    sd = noise(e)
    what = f"eval loss bottoms at {e[k]:.3g} (line {lines[k]}) and ends at {e[-1]:.3g}; train loss {at(lines[k]):.3g} -> {train[-1]:.3g}"
    rise, fell = e[-1] / e[k] - 1, at(lines[k]) > 1.02 * train[-1]
    if rise > .02 and e[-1] - e[k] > 4 * sd and fell and not has(log, "loss_divergence"):
        on, fail = lasting(e > 1.02 * e[k]), lasting(e > 1.1 * e[k])
        log.event("overfitting", lines[on], None if fail is None else lines[fail], None, what, ambiguous=rise < .05)
        return
    if c.get("task") != "addition":
        return
    first_low = next((i for i in range(1, len(e) - 3) if e[i] <= e[:i + 1].min() and e[i + 1:i + 12].max() > 1.25 * e[i] and i < peak_of(e)), None)
    if first_low is not None and e[-1] < e[first_low]:
        high = first_low + int(np.argmax(e[first_low:]))
        over = next((i for i in range(high, len(e)) if e[i] < e[first_low]), len(e) - 1)
        long = lines[over] - lines[first_low] > .12 * len(log.rows)
        if e[high] > 1.5 * e[first_low] and long:
            fail = next((i for i in range(first_low, len(e)) if e[i] > 1.1 * e[first_low]), None)
            log.event("overfitting", lines[first_low + 1], lines[fail], lines[over], what + f"; rises to {e[high]:.3g} before it is overcome")
        else:
            log.benign("eval_loss_bump", lines[high], what + f"; rises to {e[high]:.3g} for a while")


def peak_of(e):
    return int(np.argmax(e[3:])) + 3


def forgetting(log, c):
    if c.get("domains", 1) == 1:
        return
    for task in c.get("tasks") or ("first", "second"):
        lines, e = log.column(f"eval/{task}")
        if len(e) < 6:
            continue
        accuracy = "acc" in task
        start = 0
        best = np.maximum.accumulate(e) if accuracy else np.minimum.accumulate(e)
        loss = (best - e) if accuracy else e / best - 1
        limit, slight = (.1, .05) if accuracy else (.15, .07)
        k = lasting(loss > limit)
        if k is not None:
            fail = lasting(loss > 2 * limit)
            log.event("forgetting", lines[lasting(loss > slight)], None if fail is None else lines[fail], None, f"eval/{task} {best[-1]:.3g} -> {e[-1]:.3g}")
        elif lasting(loss > slight) is not None and loss[-1] > slight + 3 * noise(e):
            log.event("forgetting", lines[lasting(loss > slight)], None, None, f"eval/{task} {best[-1]:.3g} -> {e[-1]:.3g}: slight", ambiguous=True)
    for at, share in c.get("mix", ()):
        log.benign("data_shift", log.line_of(at), f"share of the second domain becomes {share:g}")


def ranks(log, c):
    f = c.get("rank_fault")
    if c.get("ranks", 1) < 2 or not f:
        return
    line = log.line_of(f["at"])
    n = c["ranks"]
    best = None
    for metric in ("loss", "grad_norm"):
        all_ = np.stack([log.column(metric, r)[1] for r in range(n)])
        lines = log.column(metric, f["rank"])[0]
        ratio = np.log(all_[f["rank"]] / np.median(np.delete(all_, f["rank"], 0), axis=0))
        before = ratio[lines < line]
        sd = max(noise(ratio), 1e-6)
        s = smooth(ratio, 9)
        off = np.abs(s - np.median(before if len(before) > 10 else [0.0])) > max(5 * sd / 3, .03)
        hit = first(off & (lines >= line) & (smooth(off, 15) > .6))
        if hit is not None and (best is None or lines[hit] < best[0]):
            best = (max(lines[hit], line), metric, s[min(hit + 10, len(s) - 1)])
    until = log.line_of(f["until"]) if "until" in f else None
    if best:
        log.event("rank_divergence", best[0], None, until, f"{f['kind']} on rank {f['rank']} from line {line}: its {best[1]} is {math.exp(best[2]):.3g} times the others'")
    else:
        log.event("rank_divergence", line, None, until, f"{f['kind']} on rank {f['rank']}, not visible in loss or gradient norm", weak=True)


def experts(log, c):
    if not c.get("experts"):
        return
    rows = np.array([r["metrics"]["expert_share"] for r in log.rows if "expert_share" in r["metrics"]])
    lines = np.array([i for i, r in enumerate(log.rows) if "expert_share" in r["metrics"]])
    w, cap = stretch(len(rows)), 1 / c["top"]
    worst = np.stack([smooth(rows[:, i].max(1), w) for i in range(rows.shape[1])]).max(0) / cap
    k = lasting(worst > .75)
    if k is not None:
        fail = lasting(worst > .92)
        log.event("expert_collapse", lines[lasting(worst > .6)], None if fail is None else lines[fail], None, f"one expert of {c['experts']} takes {worst[-1]:.0%} of what it can")
    elif worst[-1] > .6:
        log.event("expert_collapse", lines[lasting(worst > .6)], None, None, f"one expert of {c['experts']} takes {worst[-1]:.0%} of what it can", ambiguous=True)
    else:
        log.benign("expert_imbalance", lines[-1], f"the busiest of {c['experts']} experts has {worst[-1]:.0%} of what it can take")


def warmup(log, c):
    """Trouble in the first 2/(1-beta2) steps of a run that did not warm up; debatable, as another event names the harm."""
    early = [e for e in log.events if e["onset_step"] < 2 / (1 - c.get("beta2", .99)) and "ambiguous" not in e
             and e["signature"] in ("attention_logit_growth", "loss_divergence", "loss_spike", "grad_explosion", "grad_norm_spike", "non_finite")]
    if c.get("warmup", 1) == 0 and c.get("opt") == "adam" and early:
        log.event("warmup_instability", 0, None, log.line_of(int(2 / (1 - c["beta2"]))), f"no warm-up, and {early[0]['signature']} from step {early[0]['onset_step']}", ambiguous=True)


def clock(log, c):
    if c.get("slow"):
        at, to, ramp = c["slow"]
        line = log.line_of(at)
        log.event("step_time_regression", line, None, None, f"steps take {to:g} times as long, over {ramp} steps", ambiguous=to < 1.25)
    for at, s in c.get("stalls", ()):
        line = log.line_of(at)
        if s >= 300 * c["seconds"]:
            log.event("telemetry_stalled", line, None, line, f"no line for {s:g} s (usual interval {c['seconds'] * log.every:g} s)", ambiguous=s < 600 * c["seconds"])
        else:
            log.benign("pause", line, f"{s:g} s without a line")
    for every, s in c.get("pauses", ()):
        log.benign("pause", log.line_of(every), f"{s:g} s every {every} steps (evaluation, checkpoint)")
    if c.get("dies"):
        log.event("telemetry_stalled", len(log.rows), len(log.rows), None, "the log ends here")


def resumed(log, c):
    r = c.get("resume")
    if r:
        log.benign("resume", log.line_of(r["to"]), f"step goes back {r['at']} -> {r['to']}" + (", optimizer state lost" if r.get("lost") else ", state intact"))


def planned(log, c):
    if c.get("frozen"):
        log.benign("frozen_layers", 0, "some layers are frozen by plan")
    for at, n in c.get("batches", ()):
        log.benign("batch_ramp", log.line_of(at), f"batch size becomes {n}")
    if c.get("fade") and not has(log, "update_collapse"):
        log.benign("scale", log.line_of(c["fade"][0]), "gradient scale shrinks")
