"""The overview page's style sheet, as text; nothing else belongs here."""

CSS = """
:root { --ink:#1c2430; --soft:#5b6675; --line:#e3e7ec; --paper:#fff; --back:#f5f6f8; --accent:#2f6db3;
  --ok:#2e8b57; --warn:#b7791f; --bad:#c0392b; }
* { box-sizing:border-box; }
html { scroll-behavior:smooth; scroll-padding-top:16px; }
body { margin:0; background:var(--back); color:var(--ink);
  font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif; }
.frame { display:grid; grid-template-columns:220px minmax(0,1fr); max-width:1480px; margin:0 auto; }
nav { position:sticky; top:0; align-self:start; max-height:100vh; overflow:auto; padding:30px 8px 30px 24px;
  font-size:13.5px; }
nav b { display:block; margin:16px 0 3px; font-size:11px; letter-spacing:.08em; text-transform:uppercase;
  color:var(--soft); }
nav a { display:flex; justify-content:space-between; gap:8px; padding:2px 8px; border-radius:6px; color:var(--ink);
  text-decoration:none; }
nav a:hover { background:#e8edf3; }
nav a i { font-style:normal; color:var(--soft); font-variant-numeric:tabular-nums; }
main { padding:30px 32px 80px; min-width:0; }
h1 { margin:0 0 4px; font-size:30px; letter-spacing:-.02em; line-height:1.2; }
h2 { margin:44px 0 12px; font-size:13px; letter-spacing:.09em; text-transform:uppercase; color:var(--soft); }
h3 { margin:0; font-size:20px; letter-spacing:-.01em; font-weight:650; }
h4 { margin:0; font-size:15px; font-weight:650; }
p { margin:4px 0 0; max-width:80ch; color:var(--soft); }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(116px,1fr)); gap:12px; margin:24px 0 0; }
.tile, .stage { background:var(--paper); border:1px solid var(--line); border-radius:12px; }
.tile { padding:14px 16px; }
.tile b { display:block; font-size:24px; letter-spacing:-.02em; line-height:1.15; white-space:nowrap;
  font-variant-numeric:tabular-nums; }
.tile span { font-size:12.5px; color:var(--soft); }
.hero { margin-top:24px; }
.hero img { border-radius:12px; }
.flow { background:var(--paper); border:1px solid var(--line); border-radius:12px; padding:12px; overflow-x:auto; }
.flow svg { display:block; width:100%; min-width:860px; height:auto; }
.flow a { text-decoration:none; }
.stage { padding:20px 22px 22px; margin:0 0 16px; overflow:hidden; }
.head { display:flex; flex-wrap:wrap; align-items:baseline; gap:4px 14px; }
.head .made { color:var(--soft); font-size:13.5px; }
table { border-collapse:collapse; margin:14px 0 0; font-size:13.5px; font-variant-numeric:tabular-nums; }
.wide { overflow-x:auto; }
th { text-align:left; font-weight:600; color:var(--soft); font-size:12px; padding:4px 18px 4px 0;
  border-bottom:1px solid var(--line); white-space:nowrap; }
td { padding:4px 18px 4px 0; border-bottom:1px solid #f0f2f5; vertical-align:top; }
td.n, th.n { text-align:right; }
.ok { color:var(--ok); } .warn { color:var(--warn); } .bad { color:var(--bad); }
.why { color:var(--soft); max-width:64ch; }
.cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(430px,1fr)); gap:20px; margin-top:20px; }
figure { margin:0; min-width:0; }
figure img { display:block; width:100%; height:auto; border-radius:8px; border:1px solid var(--line);
  background:#eee; }
figcaption { margin:0 0 6px; font-size:13px; color:var(--soft); }
figcaption b { color:var(--ink); }
.plots { display:grid; grid-template-columns:repeat(auto-fill,minmax(300px,1fr)); gap:18px; margin-top:20px; }
.plots.few { grid-template-columns:repeat(auto-fill,minmax(430px,1fr)); }
.tables { display:flex; flex-wrap:wrap; gap:22px 44px; margin-top:18px; }
.tables > div { min-width:0; max-width:100%; }
.tables table { margin-top:4px; }
.cards.single, .plots.single { grid-template-columns:minmax(0,920px); }
details { margin-top:12px; font-size:13.5px; }
summary { cursor:pointer; color:var(--accent); }
dl { display:grid; grid-template-columns:max-content minmax(0,1fr); gap:2px 18px; margin:8px 0 0; }
dt { color:var(--soft); } dd { margin:0; overflow-wrap:anywhere; }
footer { margin-top:40px; font-size:13px; color:var(--soft); }
@media (max-width:960px) { .frame { grid-template-columns:1fr; } nav { display:none; } main { padding:20px 16px; }
  .cards, .plots, .plots.few { grid-template-columns:1fr; } }
@media print { nav { display:none; } .frame { display:block; } .stage { break-inside:avoid; } }
"""
