"""The overview page's style sheet, as text; nothing else belongs here."""

CSS = """
:root { --ink:#1c2430; --soft:#566170; --line:#e0e5eb; --paper:#fff; --back:#f4f5f7; --accent:#235f9f; --hover:#e6ecf3;
  --ok:#1f7a48; --warn:#946007; --bad:#b92f22; --none:#7b8695; --link:#c2cad5; color-scheme:light dark; }
@media (prefers-color-scheme:dark) { :root { --ink:#e6eaf0; --soft:#a3aebd; --line:#303947; --paper:#1a212b;
  --back:#12171e; --accent:#7db4ee; --hover:#263140; --ok:#5cc98d; --warn:#e0ab4d; --bad:#f0847a; --none:#8c97a6;
  --link:#465264; } }
@media print { :root { --ink:#000; --soft:#333; --line:#bbb; --paper:#fff; --back:#fff; --accent:#000; } }
* { box-sizing:border-box; }
html { scroll-padding-top:16px; }
@media (prefers-reduced-motion:no-preference) { html { scroll-behavior:smooth; } }
body { margin:0; background:var(--back); color:var(--ink);
  font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif; }
a { color:var(--accent); }
:focus-visible { outline:2px solid var(--accent); outline-offset:2px; border-radius:4px; }
.skip { position:absolute; left:-999px; } .skip:focus { left:12px; top:8px; background:var(--paper); padding:6px 12px; }
.frame { display:grid; grid-template-columns:228px minmax(0,1fr); max-width:1480px; margin:0 auto; }
nav { position:sticky; top:0; align-self:start; max-height:100vh; overflow:auto; padding:30px 8px 30px 24px;
  font-size:13.5px; }
nav b { display:block; margin:16px 0 3px; font-size:11px; letter-spacing:.08em; text-transform:uppercase;
  color:var(--soft); }
nav a { display:flex; justify-content:space-between; gap:8px; padding:2px 8px; border-radius:6px; color:var(--ink);
  text-decoration:none; }
nav a:hover { background:var(--hover); }
nav a i { font-style:normal; color:var(--soft); font-variant-numeric:tabular-nums; }
nav a.missing { color:var(--none); } nav a.bad i { color:var(--bad); } nav a.partial i { color:var(--warn); }
main { padding:30px 32px 80px; min-width:0; }
h1 { margin:0 0 4px; font-size:30px; letter-spacing:-.02em; line-height:1.2; }
h2 { margin:56px 0 12px; font-size:22px; letter-spacing:-.01em; line-height:1.25; }
h3 { margin:22px 0 0; font-size:16px; font-weight:650; }
h3.group { margin:34px 0 10px; font-size:12px; letter-spacing:.09em; text-transform:uppercase; color:var(--soft); }
h4 { margin:12px 0 0; font-size:14px; font-weight:650; }
p { margin:4px 0 0; max-width:80ch; color:var(--soft); }
.lead { margin-top:10px; font-size:17px; color:var(--ink); }
code { font:13px/1.4 ui-monospace,"Liberation Mono",monospace; background:var(--hover); padding:1px 5px;
  border-radius:4px; overflow-wrap:anywhere; }
.tiles { display:grid; grid-template-columns:repeat(auto-fit,minmax(122px,1fr)); gap:12px; margin:22px 0 0; }
.tile, .card { background:var(--paper); border:1px solid var(--line); border-radius:12px; }
.tile { padding:13px 15px; color:inherit; text-decoration:none; } .tile:hover { border-color:var(--accent); }
.tile b { display:block; font-size:22px; letter-spacing:-.02em; line-height:1.15; white-space:nowrap;
  font-variant-numeric:tabular-nums; }
.tile span { display:block; font-size:12.5px; line-height:1.35; margin-top:3px; color:var(--soft); }
.hero { margin-top:24px; }
.card { padding:18px 22px 20px; margin:0 0 14px; overflow:hidden; } .card > h3, .head h3 { margin:0; font-size:19px; }
.head { display:flex; flex-wrap:wrap; align-items:baseline; gap:4px 14px; }
.head .made { color:var(--soft); font-size:13.5px; }
.verdict { list-style:none; margin:0; padding:0; background:var(--paper); border:1px solid var(--line);
  border-radius:12px; }
.verdict li { display:flex; gap:12px; padding:9px 16px; border-top:1px solid var(--line); }
.verdict li:first-child { border-top:0; }
.verdict li > div { min-width:0; flex:1; }
.verdict li a { font-size:13px; white-space:nowrap; } .verdict summary { color:inherit; font-size:15px; }
.verdict li span { color:var(--soft); }
.verdict .sign { flex:none; width:22px; height:22px; border-radius:50%; color:var(--paper); background:var(--none);
  font-weight:700; font-size:13px; line-height:22px; text-align:center; }
.verdict .ok .sign { background:var(--ok); } .verdict .warn .sign { background:var(--warn); }
.verdict .bad .sign { background:var(--bad); } .verdict li.ok, .verdict li.warn, .verdict li.bad { color:inherit; }
.verdict details { margin:0; }
.labels { display:grid; grid-template-columns:repeat(auto-fill,minmax(430px,1fr)); gap:8px 26px; }
.label h3 { margin-top:10px; } .label h3 span { font-weight:400; font-size:13.5px; color:var(--soft); }
.thumbs { display:grid; grid-template-columns:repeat(3,minmax(0,200px)); gap:8px; margin-top:6px; }
.thumbs.small { grid-template-columns:repeat(3,104px); margin:0; }
.thumbs.captions, .thumbs.wide-ones { grid-template-columns:repeat(auto-fill,minmax(200px,1fr)); gap:16px; }
.thumb img { width:100%; aspect-ratio:4/3; object-fit:contain; }
.thumb figcaption { margin:5px 0 0; line-height:1.4; }
.strips { display:grid; grid-template-columns:repeat(auto-fill,minmax(430px,1fr)); gap:20px; margin-top:18px; }
.strips .thumb img { aspect-ratio:auto; }
.flow { background:var(--paper); border:1px solid var(--line); border-radius:12px; padding:12px; overflow-x:auto; }
.flow svg { display:block; width:100%; min-width:900px; height:auto; }
.flow path { fill:none; stroke:var(--link); stroke-width:1.3; }
.flow .box { fill:var(--paper); stroke:var(--line); } .flow .box.missing { stroke-dasharray:4 3; fill:var(--back); }
.flow a:hover .box, .flow a:focus .box { stroke:var(--accent); }
.flow .name { font-size:11.5px; font-weight:600; fill:var(--ink); } .flow .count { font-size:10.5px; fill:var(--soft); }
.flow circle { fill:var(--ok); } .flow circle.partial { fill:var(--warn); } .flow circle.bad { fill:var(--bad); }
.flow circle.missing { fill:none; stroke:var(--none); }
.legend span { margin-right:14px; font-size:13px; }
.legend span::before { content:""; display:inline-block; width:9px; height:9px; border-radius:50%; margin-right:5px;
  background:var(--ok); }
.legend .partial::before { background:var(--warn); } .legend .bad::before { background:var(--bad); }
.legend .missing::before { background:none; border:1px solid var(--none); } .legend .bad { color:inherit; }
.search input { font:inherit; padding:5px 10px; border:1px solid var(--line); border-radius:8px; min-width:280px;
  background:var(--paper); color:var(--ink); }
.search { margin-top:12px; }
table { border-collapse:collapse; margin:12px 0 0; font-size:13.5px; font-variant-numeric:tabular-nums; }
caption { text-align:left; font-weight:650; font-size:14px; padding-bottom:3px; color:var(--ink); }
.wide { overflow-x:auto; }
th { text-align:left; font-weight:600; color:var(--soft); font-size:12px; padding:4px 18px 4px 0; vertical-align:bottom;
  border-bottom:1px solid var(--line); }
td { padding:4px 18px 4px 0; border-bottom:1px solid var(--line); vertical-align:top; }
#rejects td { padding-top:7px; padding-bottom:7px; }
td.n, th.n { text-align:right; }
.ok { color:var(--ok); } .warn { color:var(--warn); } .bad { color:var(--bad); }
.none { padding:12px 16px; border:1px dashed var(--none); border-radius:10px; margin-top:8px; }
.why { color:var(--soft); max-width:56ch; }
.bar { display:flex; height:26px; border-radius:7px; overflow:hidden; margin:12px 0 0; max-width:900px; }
.bar span { overflow:hidden; text-overflow:ellipsis; white-space:nowrap; color:#fff; font-size:12.5px;
  line-height:26px; padding:0 0 0 8px; }
.bar b { font-weight:600; } .p0 { background:#2f6db3; } .p1 { background:#8a5a00; } .p2 { background:#3d7a4c; }
.p3 { background:#8750ae; } .p4 { background:#b04468; } .p5 { background:#5a6472; }
.meter { display:inline-block; width:64px; height:7px; border-radius:4px; background:var(--line); margin-right:4px;
  vertical-align:middle; }
.meter span { display:block; height:100%; border-radius:4px; background:var(--accent); }
.swatches i { display:inline-block; width:20px; height:20px; border:1px solid var(--line); }
small { color:var(--soft); white-space:nowrap; }
.facts { margin:8px 0 0; padding-left:18px; color:var(--soft); }
.links { display:flex; flex-wrap:wrap; gap:4px 22px; list-style:none; margin:12px 0 0; padding:0; }
.cards { display:grid; grid-template-columns:repeat(auto-fill,minmax(400px,1fr)); gap:20px; margin-top:18px; }
figure { margin:0; min-width:0; }
figure img { display:block; width:100%; height:auto; border-radius:8px; border:1px solid var(--line);
  background:var(--line); }
figcaption { margin:0 0 6px; font-size:13px; color:var(--soft); overflow-wrap:anywhere; }
figcaption b { color:var(--ink); }
.plots { display:grid; grid-template-columns:repeat(auto-fill,minmax(300px,1fr)); gap:18px; margin-top:18px; }
.plots.few { grid-template-columns:repeat(auto-fill,minmax(400px,1fr)); }
.tables { display:flex; flex-wrap:wrap; gap:16px 44px; margin-top:8px; }
.tables > div { min-width:0; max-width:100%; }
.cards.single, .plots.single { grid-template-columns:minmax(0,920px); }
details { margin-top:10px; font-size:13.5px; }
summary { cursor:pointer; color:var(--accent); }
dl { display:grid; grid-template-columns:max-content minmax(0,1fr); gap:2px 18px; margin:8px 0 0; }
dt { color:var(--soft); } dd { margin:0; overflow-wrap:anywhere; }
footer { margin-top:48px; font-size:13px; color:var(--soft); }
@media (max-width:960px) { .frame { display:block; } nav { position:static; max-height:none; padding:14px 16px 0;
  display:flex; flex-wrap:wrap; gap:2px 4px; } nav b, nav .to-stage { display:none; }
  nav a { border:1px solid var(--line); }
  main { padding:20px 16px; } .cards, .plots, .plots.few, .labels, .strips { grid-template-columns:minmax(0,1fr); } }
@media print { nav, .search, .skip { display:none; } .frame { display:block; } body { font-size:11px; }
  .card, figure, tr, .label { break-inside:avoid; } h2, h3 { break-after:avoid; } }
"""
