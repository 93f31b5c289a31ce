"""The bench's results as text, Markdown and SVG."""
import re
import statistics
from xml.sax.saxutils import escape

median = statistics.median


def duration(ns):
    for limit, unit, by in ((1e3, "ns", 1), (1e6, "µs", 1e3), (1e9, "ms", 1e6)):
        if abs(ns) < limit:
            return f"{ns / by:.3g} {unit}"
    return f"{ns / 1e9:.2f} s" if ns < 1e11 else f"{ns / 1e9:.0f} s"


def spread(values):
    """median (min–max)"""
    if not values:
        return "-"
    mid = duration(median(values))
    if len(values) == 1:
        return mid
    low, high = duration(min(values)), duration(max(values))
    if low.split()[1] == high.split()[1]:
        low = low.split()[0]
    return f"{mid} ({low}–{high})"


def number(ratio):
    return "-" if ratio is None else f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"


def ratios(item, metric, tool, base="native"):
    """Of each round: what ran right after each other is compared."""
    a, b = item["tools"].get(tool, {}), item["tools"].get(base, {})
    return [x / y for x, y in zip(a.get(metric, []), b.get(metric, [])) if x and y]


def ratio(item, metric, tool="vksup"):
    r = ratios(item, metric, tool)
    return median(r) if r else None


def check(item, results):
    """[(target, the value, met)] of an item; met is None when it cannot be said."""
    out = []
    vksup = item["tools"].get("vksup", {}).get("wall")
    for metric, limit in item["limits"]:
        if metric == "ns":
            value = median(vksup) if vksup else None
            text = f"≤ {duration(limit)}"
        else:
            value = ratio(item, metric)
            text = f"{'CPU ' if metric == 'cpu' else ''}≤ {limit}"
        out.append((text, value, None if value is None else value <= limit))
    if item["name"] == "start" and vksup:
        native, bwrap = (item["tools"].get(t, {}).get("wall") for t in ("native", "bwrap"))
        if native:
            over = median(a - b for a, b in zip(vksup, native))
            out.append(("native + 5 ms", over, over <= 5e6))
        if bwrap:
            out.append(("≤ bwrap", median(vksup), median(vksup) <= median(bwrap)))
    return out


def verdict(checks):
    return ", ".join("-" if met is None else "yes" if met else "NO" for _, _, met in checks)


def mib(item, tool):
    t = item["tools"].get(tool, {})
    if t.get("pss"):
        return f"{max(t['pss']) / 1024:.1f}"
    return f"{max(t['rss']) / 1024:.1f}" if t.get("rss") else "-"


def main_rows(results):
    head = ["work", "native", "vksup", "wall ×", "CPU ×", "target", "met", "MiB"]
    rows = []
    for item in results["items"]:
        tools = item["tools"]
        checks = check(item, results)
        row = [item["what"]]
        for t in "native", "vksup":
            got = tools.get(t, {})
            row.append(got["failed"] if got.get("failed") else spread(got.get("wall", [])))
        row += [number(ratio(item, "wall")), number(ratio(item, "cpu")),
                ", ".join(c[0] for c in checks), verdict(checks),
                f"{mib(item, 'native')} → {mib(item, 'vksup')}"]
        rows.append(row)
    return head, rows


def other_rows(results):
    others = [t for t in results["tools"] if t not in ("native", "vksup")]
    if not others:
        return None
    head = ["wall × native", "vksup"] + others
    rows = []
    for item in results["items"]:
        if not any(t in item["tools"] for t in others):
            continue
        row = [item["what"]]
        for t in ["vksup"] + others:
            got = item["tools"].get(t, {})
            row.append("failed" if got.get("failed") else number(ratio(item, "wall", t)))
        rows.append(row)
    return head, rows


def host_rows(results):
    return (["the host itself", "time"],
            [[h["what"], spread(h["ns"])] for h in results["host"]])


def idle_rows(results):
    rows = []
    idle = results.get("idle")
    if idle:
        met = "yes" if idle["vkernel_rss_kib"] <= 8192 else "NO"
        rows.append(["vkernel resident, one guest asleep",
                     f"{idle['vkernel_rss_kib'] / 1024:.1f} MiB", "≤ 8 MiB", met])
    many = results.get("guests")
    if many:
        n = many["guests"]
        rows += [
            [f"vkernel resident, {n} guests asleep", f"{many['vkernel_rss_kib'] / 1024:.1f} MiB", "", ""],
            ["all memory per sleeping guest (native)",
             f"{many['pss_kib'] / n:.0f} KiB ({many['native_pss_kib'] / n:.0f} KiB)", "", ""],
            [f"CPU time of {n} sleeping guests", f"{many['cpu_percent']:.1f} %", "none",
             "yes" if many["cpu_percent"] < 0.1 else "NO"]]
    return (["at rest", "", "target", "met"], rows) if rows else None


def text(table):
    if not table:
        return ""
    head, rows = table
    wide = [max(len(r[i]) for r in [head] + rows) for i in range(len(head))]
    lines = []
    for r in [head, ["-" * w for w in wide]] + rows:
        lines.append("  ".join([r[0].ljust(wide[0])] +
                               [c.ljust(w) for c, w in zip(r[1:], wide[1:])]).rstrip())
    return "\n".join(lines) + "\n"


def markdown(table):
    if not table:
        return ""
    head, rows = table
    lines = ["| " + " | ".join(h or " " for h in head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join("**no**".join(re.split(r"\bNO\b", c)) or " " for c in r) + " |" for r in rows]
    return "\n".join(lines) + "\n"


def report(results, form):
    tables = [main_rows(results), idle_rows(results), other_rows(results), host_rows(results)]
    out = [form(t) for t in tables if t and t[1]]
    out += [f"Left out: {name}: {why}\n" for name, why in results["skipped"].items()]
    return "\n".join(out)


# --- plots -------------------------------------------------------------------------------

def svg(results, kind, title):
    """Ratios to native on a logarithmic scale: bar, spread, target; CPU as a circle."""
    import math
    items = [i for i in results["items"] if i["kind"] == kind and ratio(i, "wall")]
    left, width, row, top = 250, 480, 18, 44
    every = [r for i in items for m in ("wall", "cpu") for r in ratios(i, m, "vksup")]
    low = math.floor(math.log10(min(every + [0.5])))
    high = math.ceil(math.log10(max(every + [2])))
    height = top + row * len(items) + 30

    def x(r):
        r = min(max(r, 10 ** low), 10 ** high)
        return left + width * (math.log10(r) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" '
           'font-family="sans-serif" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="8" y="18" font-size="14">{escape(title)}</text>']
    for e in range(low, high + 1):
        at = x(10 ** e)
        out.append(f'<line x1="{at:.1f}" y1="{top - 6}" x2="{at:.1f}" y2="{height - 24}" stroke="#ddd"/>'
                   f'<text x="{at:.1f}" y="{top - 9}" text-anchor="middle" fill="#666">{10.0 ** e:g}</text>')
    for n, item in enumerate(items):
        y = top + n * row
        r = ratio(item, "wall")
        all_r = ratios(item, "wall", "vksup")
        limit = next((v for m, v in item["limits"] if m == "wall"), None)
        colour = "#9ab" if limit is None else "#6a6" if r <= limit else "#c66"
        a, b = sorted((x(1), x(r)))
        out.append(f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{escape(item["what"])}</text>'
                   f'<rect x="{a:.1f}" y="{y + 2}" width="{max(b - a, 1):.1f}" height="{row - 7}" fill="{colour}"/>'
                   f'<line x1="{x(min(all_r)):.1f}" x2="{x(max(all_r)):.1f}" y1="{y + 7.5}" y2="{y + 7.5}" stroke="#333"/>'
                   f'<text x="{max(b, x(max(all_r))) + 5:.1f}" y="{y + 11}">{number(r)}</text>')
        if limit is not None:
            out.append(f'<line x1="{x(limit):.1f}" x2="{x(limit):.1f}" y1="{y}" y2="{y + row - 3}" '
                       'stroke="black" stroke-width="2"/>')
        c = ratio(item, "cpu")
        if c:
            out.append(f'<circle cx="{x(c):.1f}" cy="{y + 7.5}" r="3" fill="none" stroke="#333"/>')
    out.append(f'<line x1="{x(1):.1f}" y1="{top - 4}" x2="{x(1):.1f}" y2="{height - 24}" stroke="black"/>')
    out.append(f'<text x="8" y="{height - 8}" fill="#666">bar: wall time, thin line: its spread, '
               'circle: CPU time, thick mark: target; green meets it, red does not, grey has none</text></svg>')
    return "\n".join(out) + "\n"
