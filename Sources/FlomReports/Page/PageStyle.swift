/// How the page looks, by day and by night. Text has a contrast of at least 4.5 to what is behind it, bars of at least 3.
enum PageStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --text: #1b2027; --quiet: #59626f; --line: #e2e5ea; --grid: #eceff3;
          --released: #3d6fd1; --open: #1d8a5a; --failed: #c05612; --lost: #b3202a; --without: #7d4cc2; --wait: #76808f;
          --focus: #1d4fd8; --shade: 0 1px 2px rgb(20 30 50 / 6%), 0 4px 16px rgb(20 30 50 / 5%);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #101318; --card: #181c23; --text: #e7eaee; --quiet: #9ba5b3; --line: #2a303a; --grid: #232932;
            --released: #6e9cf5; --open: #45c08a; --failed: #ef8e48; --lost: #ff7b78; --without: #b590ee; --wait: #8b95a4;
            --focus: #8fb4ff; --shade: none;
          }
        }
        * { box-sizing: border-box; }
        html { overflow-y: scroll; }
        body {
          margin: 0; background: var(--page); color: var(--text);
          font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        main { max-width: 1440px; margin: 0 auto; padding: 28px 28px 56px; }
        h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
        h2 { font-size: 16px; margin: 0; }
        p { margin: 0; }
        .quiet, caption { color: var(--quiet); }
        .place { overflow-wrap: anywhere; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shade); margin-top: 20px; }
        .head { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: baseline; padding: 16px 20px 12px; }
        .head > .quiet { font-size: 13px; }
        dl.sums { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; margin: 20px 0 0; }
        dl.sums > div {
          background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; box-shadow: var(--shade);
          display: flex; flex-direction: column-reverse;
        }
        dl.sums dt { color: var(--quiet); font-size: 13px; }
        dl.sums dd { margin: 0; font-size: 22px; line-height: 1.3; font-weight: 600; letter-spacing: -0.01em; }

        .bar { display: none; position: sticky; top: 0; z-index: 5; background: var(--page); padding: 14px 0 10px; margin-top: 10px; }
        .moves .bar { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; }
        .bar label { font-weight: 600; }
        input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--wait); border-radius: 7px; }
        input { flex: 1 1 220px; max-width: 460px; padding: 7px 12px; }
        button { padding: 6px 12px; cursor: pointer; }
        button:hover { border-color: var(--text); }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
        .buttons { display: flex; gap: 6px; margin-left: auto; }
        .more { margin: 12px 20px 16px; }
        #matching { color: var(--quiet); }
        [hidden] { display: none !important; }

        .timeline { display: none; }
        .moves .timeline { display: block; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; margin: 0; padding: 0; font-size: 13px; }
        .legend li { display: flex; gap: 6px; align-items: center; color: var(--quiet); }
        .legend i { width: 14px; height: 10px; border-radius: 2px; }
        .legend .wait { background: repeating-linear-gradient(135deg, var(--wait) 0 2px, transparent 2px 5px); box-shadow: inset 0 0 0 1px var(--wait); }
        #lanes { position: relative; padding: 0 20px 12px; touch-action: pan-y; }
        .lane { display: grid; grid-template-columns: 176px minmax(0, 1fr); gap: 0 12px; border-top: 1px solid var(--line); }
        .axisrow { border-top: 0; }
        .lane .name { display: flex; gap: 8px; align-items: baseline; padding-top: 4px; min-width: 0; }
        .lane .resource { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .lane .count { color: var(--quiet); font-size: 12px; }
        .plot { min-width: 0; overflow: hidden; line-height: 0; }
        .plot svg { display: block; }
        .plot svg:focus-visible { outline-offset: -2px; border-radius: 4px; }
        .axis text { font-size: 12px; fill: var(--quiet); text-anchor: middle; }
        .axis text.day { fill: var(--text); font-weight: 600; }
        .axis line { stroke: var(--wait); }
        .grid { stroke: var(--grid); fill: none; }
        path.wait { fill: url(#waiting); stroke: var(--wait); stroke-width: 0.75; }
        path.released { fill: var(--released); } path.open { fill: var(--open); } path.failed { fill: var(--failed); }
        path.lost { fill: var(--lost); } path.without { fill: var(--without); }
        .mark { fill: none; stroke: var(--text); stroke-width: 2; }
        #brush { position: absolute; top: 0; bottom: 0; background: var(--focus); opacity: 0.14; pointer-events: none; }
        #nothing { padding: 8px 20px 20px; color: var(--quiet); }
        #tip {
          position: absolute; z-index: 9; width: max-content; max-width: min(440px, calc(100vw - 16px)); padding: 8px 12px; pointer-events: none;
          background: var(--text); color: var(--page); border-radius: 8px; font-size: 13px; display: flex; flex-direction: column;
          overflow-wrap: anywhere; box-shadow: 0 4px 18px rgb(0 0 0 / 25%);
        }
        .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

        .scroll { overflow-x: auto; }
        .scroll:focus-visible { outline-offset: -2px; }
        table { border-collapse: collapse; width: 100%; font-size: 13px; }
        caption { text-align: left; padding: 0 20px 8px; font-size: 13px; }
        th, td { text-align: left; padding: 6px 9px; white-space: nowrap; vertical-align: top; }
        th:first-child, td:first-child { padding-left: 20px; }
        th:last-child, td:last-child { padding-right: 20px; }
        thead th { color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--line); vertical-align: bottom; }
        tbody th { font-weight: 600; }
        tbody tr + tr > * { border-top: 1px solid var(--grid); }
        tbody tr:hover { background: var(--page); }
        .number { text-align: right; }
        .statistics th { white-space: normal; } .statistics tbody th { white-space: nowrap; }
        .statistics :is(th, td):not(:first-child, :last-child) { padding-left: 7px; padding-right: 7px; }
        .statistics .spans { text-align: center; border-bottom: 1px solid var(--line); }
        .statistics td { text-align: right; }
        .statistics td.command {
          text-align: left; min-width: 120px; max-width: 180px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
        }
        .requests td:nth-child(1), .requests td:nth-child(6), .requests td:nth-child(7), .requests td:nth-child(8),
        .requests td:nth-child(11) { text-align: right; }
        .command {
          font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 12px; white-space: pre-wrap;
          overflow-wrap: anywhere; min-width: 220px;
        }
        #tip .command { min-width: 0; }
        td.resource, tbody th { max-width: 320px; overflow: hidden; text-overflow: ellipsis; }
        .is-failed { color: var(--failed); } .is-lost { color: var(--lost); } .is-open { color: var(--open); }
        .is-without { color: var(--without); }

        @media (max-width: 720px) {
          main { padding: 18px 12px 40px; }
          .lane { grid-template-columns: minmax(0, 1fr); }
          .axisrow .name { display: none; }
          .head { padding: 14px 14px 10px; } #lanes { padding: 0 14px 12px; } caption { padding: 0 14px 8px; }
          th:first-child, td:first-child { padding-left: 14px; }
          dl.sums { grid-template-columns: repeat(2, 1fr); gap: 8px; }
          .buttons { margin-left: 0; }
        }
        @media print { .bar { display: none !important; } section, dl.sums > div { box-shadow: none; break-inside: avoid-page; } }
        """
}
