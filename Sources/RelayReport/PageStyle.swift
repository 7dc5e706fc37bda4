// How the page looks: two colours that mean something, and otherwise ink on paper.

enum PageStyle {
    static let css = """

        :root { color-scheme: light dark; --paper: #ffffff; --ink: #16202c; --muted: #5c6876;
          --line: #d9dfe6; --panel: #f4f6f9; --good: #11713f; --good-soft: #e2f3e9;
          --bad: #b3261e; --bad-soft: #fbe6e4; --wait: #8a5a00; --wait-soft: #fdf0d5;
          --fault: #d9534a; --area: #2f6fb3; --area-soft: #2f6fb333; }
        @media (prefers-color-scheme: dark) { :root { --paper: #11161d; --ink: #e6ebf1;
          --muted: #97a3b0; --line: #2c3642; --panel: #1a212b; --good: #5fd39a;
          --good-soft: #12352a; --bad: #ff8a80; --bad-soft: #43201f; --wait: #f0bf5f;
          --wait-soft: #3b2f14; --fault: #e0685f; --area: #6ea8e6; --area-soft: #6ea8e633; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 "Segoe UI", "Noto Sans", "DejaVu Sans", system-ui, sans-serif; }
        main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
        header { display: flex; gap: 2rem; justify-content: space-between; align-items: flex-start;
          border-bottom: 2px solid var(--ink); padding-bottom: 1.25rem; }
        .kind { margin: 0 0 .5rem; font-size: .8rem; color: var(--muted); letter-spacing: .02em; }
        .kind span::before { content: "· "; }
        h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
        .subtitle { margin: .25rem 0 0; color: var(--muted); font-size: 1.05rem; }
        .verdict { flex: none; max-width: 17rem; padding: .8rem 1.2rem; border-radius: .5rem;
          text-align: center; border: 1px solid currentColor; }
        .verdict strong { display: block; font-size: 1.6rem; line-height: 1.1;
          text-transform: uppercase; }
        .verdict span { display: block; font-size: .95rem; }
        .verdict small { display: block; margin-top: .4rem; font-size: .75rem;
          color: var(--muted); }
        .passed { color: var(--good); background: var(--good-soft); }
        .failed { color: var(--bad); background: var(--bad-soft); }
        .aborted { color: var(--wait); background: var(--wait-soft); }
        i { font-style: normal; color: var(--muted); font-weight: 400; font-size: .88em; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
          gap: .9rem 1.5rem; margin: 1.5rem 0 0; }
        dt { font-size: .75rem; color: var(--muted); }
        dd { margin: 0; overflow-wrap: anywhere; }
        h2 { margin: 2.2rem 0 .7rem; font-size: 1.1rem; }
        .wide { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; font-size: .9rem; }
        th { text-align: left; font-weight: 600; font-size: .75rem; vertical-align: bottom;
          padding: .3rem .6rem; border-bottom: 1px solid var(--ink); }
        th i { display: block; }
        td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        td small { color: var(--muted); }
        .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .big { font-weight: 700; font-size: 1.05rem; }
        .result { font-weight: 600; }
        .result i { color: inherit; }
        .met { color: var(--good); } .missed { color: var(--bad); }
        .not-measured { color: var(--wait); } .not-applicable { color: var(--muted); }
        .met::before { content: "✓ "; } .missed::before { content: "✗ "; }
        .not-measured::before { content: "? "; }
        .dot { display: inline-block; min-width: 1.5rem; padding: 0 .3rem; border-radius: 1rem;
          text-align: center; font-size: .78rem; background: var(--panel);
          border: 1px solid var(--line); }
        figure { margin: 0; padding: 1rem; background: var(--panel); border-radius: .5rem; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font: 11px "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
        svg .faint { fill: var(--muted); } svg .grid { stroke: var(--line); }
        svg .axis { stroke: var(--muted); } svg .fault { fill: var(--fault); }
        svg .onfault { fill: #fff; font-weight: 600; }
        svg .area { fill: var(--area-soft); } svg .curve { fill: none; stroke: var(--area);
          stroke-width: 1.6; } svg .mark { stroke: var(--ink); stroke-dasharray: 2 3;
          opacity: .55; }
        svg .flag { fill: var(--paper); stroke: var(--ink); } svg .flagtext { font-size: 10px;
          text-anchor: middle; }
        details { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: .8rem; }
        summary { cursor: pointer; font-weight: 600; }
        pre { overflow-x: auto; padding: 1rem; background: var(--panel); border-radius: .5rem;
          font: 12px/1.45 "DejaVu Sans Mono", ui-monospace, monospace; white-space: pre-wrap;
          overflow-wrap: anywhere; }
        #signed-report { max-height: 14rem; overflow-y: auto; }
        @media (max-width: 40rem) { header { flex-direction: column; } .verdict { max-width: none;
          align-self: stretch; } }
        @media print { :root { --paper: #fff; --ink: #000; --muted: #444; --line: #bbb;
          --panel: #fff; --good: #11713f; --bad: #b3261e; --wait: #8a5a00; --good-soft: #fff;
          --bad-soft: #fff; --wait-soft: #fff; --fault: #c0392b; --area: #1f5f9f;
          --area-soft: #1f5f9f22; }
          main { max-width: none; padding: 0; } body { font-size: 11px; }
          section, figure, tr { break-inside: avoid; } figure { border: 1px solid var(--line); }
          #signed-report { max-height: none; font-size: 7px; } }

        """
}
