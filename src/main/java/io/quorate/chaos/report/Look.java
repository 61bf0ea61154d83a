package io.quorate.chaos.report;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The style and the script of the page. Colours are those of Okabe and Ito, which people who are
 * colour-blind tell apart, and each has a number, a word or a line of its own besides.
 */
final class Look {
  /** How a page looks, by day and by night, in a window, on a telephone and on paper. */
  static final String STYLE =
      """
      :root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#59636e;--rule:#d8dee4;
      --panel:#f6f8fa;--good:#00684a;--bad:#b3261e;--open:#8a5a00;--gap:#1b1f24;
      --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#e69f00;--c5:#56b4e9;
      --c6:#7a5cc0;--c7:#7f7f7f}
      @media screen and (prefers-color-scheme:dark){:root{
      --page:#0f1318;--ink:#e6eaef;--soft:#9aa5b1;
      --rule:#2c343d;--panel:#171c22;--good:#4cc9a0;--bad:#ff8f7a;--open:#f0b849;--gap:#fff;
      --c0:#4aa8e0;--c1:#f0803c;--c2:#2fc79b;--c3:#dd93bb;--c4:#f0b437;--c5:#7cc8f4;
      --c6:#a48bea;--c7:#a8a8a8}}
      *{box-sizing:border-box}
      body{margin:0 auto;padding:28px 20px 56px;max-width:1120px;background:var(--page);
      color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;
      overflow-wrap:anywhere}
      h1{font-size:36px;line-height:1.15;margin:0 0 6px;font-weight:650;letter-spacing:-.01em}
      h2{font-size:20px;margin:44px 0 10px;font-weight:650}
      h3{font-size:16px;margin:26px 0 2px;font-weight:650}
      p{margin:4px 0 10px;max-width:80ch}
      .reason{font-size:18px;margin-bottom:20px}
      .note,.soft{color:var(--soft)}.note{font-size:13.5px}
      .held{color:var(--good)}.broken{color:var(--bad)}.inconclusive{color:var(--open)}
      .doubt{color:var(--open);font-weight:650}
      td.held,td.broken,td.inconclusive{font-weight:650;white-space:nowrap}
      td.broken::before,td.held::before,td.inconclusive::before{margin-right:.4em}
      dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 20px;margin:0}
      dt{color:var(--soft)}dd{margin:0}
      code,svg{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
      code{font-size:13px}
      table{border-collapse:collapse;width:100%;font-size:14px}
      th,td{text-align:left;vertical-align:top;padding:5px 22px 5px 0;
      border-bottom:1px solid var(--rule)}
      th{color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
      .number{text-align:right;font-variant-numeric:tabular-nums}
      td.number{white-space:nowrap}
      td.mono{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;
      font-size:12.5px}
      th.when{width:15em}th.who{width:13em}
      summary{cursor:pointer;color:var(--soft);margin:6px 0}
      figure{margin:12px 0}
      svg{display:block;width:100%;height:auto}
      svg.narrow{display:none}
      output{display:block;min-height:1.5em;font-size:13px;color:var(--soft);
      font-variant-numeric:tabular-nums}
      text{fill:var(--ink)}text.soft{fill:var(--soft)}text.head{font-weight:700}
      text.name{font-weight:700}
      .grid,.rule{stroke:var(--rule);fill:none}.axis{stroke:var(--soft);fill:none}
      .gap{fill:var(--gap);opacity:.13}
      .column{fill:var(--gap);opacity:0}.column:hover{opacity:.12}
      .done{fill:var(--c0);opacity:.75}.refused{fill:var(--c4)}.unknown{fill:var(--c3)}
      .p50,.p99,.max,.open,.tip{fill:none;stroke-width:1.6}
      .p50{stroke:var(--c0)}.p99{stroke:var(--c1)}
      .max{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:1.5 2}
      .open,.tip{stroke:var(--c3)}.open{stroke-dasharray:4 3}
      .point{fill:var(--c0)}
      .leads{fill:var(--ink)}text.leadtext{fill:var(--page)}
      """;

  /** Shows what the mouse points at in words below the timeline, at once. */
  static final String SCRIPT =
      """
      document.addEventListener('pointerover', function (event) {
        var output = document.getElementById('pointed');
        var told = event.target.closest ? event.target.closest('svg *') : null;
        var title = told ? told.querySelector('title') : null;
        if (!title) { if (told) { title = told.parentNode.querySelector(':scope > title'); } }
        if (output) { output.textContent = title ? title.textContent : ''; }
      });
      """;

  /** What the style says in a narrow window, and on paper, where nobody can open anything. */
  private static final String WINDOWS =
      """
      td.broken::before{content:"\\2717"}td.held::before{content:"\\2713"}
      td.inconclusive::before{content:"?"}
      @media screen and (max-width:760px){
      body{padding:18px 14px 40px}h1{font-size:28px}
      dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}
      svg.wide{display:none}svg.narrow{display:block;max-width:560px;margin:0 auto}
      thead{display:none}table,tbody,tr{display:block}
      tr{border-bottom:1px solid var(--rule);padding:8px 0}
      td{display:flex;gap:12px;border:0;padding:1px 0;text-align:left;white-space:normal}
      td.number{justify-content:flex-start;text-align:left}
      td::after{order:-1;flex:0 0 96px;content:attr(data-name);color:var(--soft);
      font:13px/1.6 system-ui,sans-serif}
      td.broken::before,td.held::before,td.inconclusive::before{margin-right:-6px}}
      @media print{body{padding:0;font-size:11px}output{display:none}
      h2,h3{break-after:avoid}tr,svg{break-inside:avoid}}
      """;

  private Look() {}

  /** The whole style. */
  static String style() {
    StringBuilder all = new StringBuilder(STYLE);
    for (int i = 0; i < Lanes.COLOURS; i++) {
      String colour = "var(--c" + i + ")";
      all.append(".f" + i + "{fill:" + colour + ";fill-opacity:.35;stroke:" + colour + "}");
      all.append(".u" + i + "{stroke:" + colour + ";stroke-dasharray:2 2}");
      all.append(".k" + i + "{fill:" + colour + "}\n");
    }
    return all + WINDOWS;
  }

  /**
   * What a browser may do with the page: nothing but show it and run this one script, by its hash.
   * Even if a value of a history were not escaped, it could not run.
   */
  static String policy() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(SCRIPT.getBytes(StandardCharsets.UTF_8));
      return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
          + Base64.getEncoder().encodeToString(hash)
          + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
