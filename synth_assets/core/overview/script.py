"""The overview page's script, as text; nothing else belongs here. The page can be read without it."""

SCRIPT = """
for (const box of document.querySelectorAll('input[data-filter]')) {
  const rows = document.querySelectorAll('#' + box.dataset.filter + ' tbody tr');
  const found = box.closest('p').querySelector('output');
  box.closest('p').hidden = false;
  box.addEventListener('input', () => {
    const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
      shown += !row.hidden;
    }
    found.value = words.length ? shown + ' of ' + rows.length + ' reasons' : '';
  });
}
function unfold() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  for (let item = target; item; item = item.parentElement) if (item.tagName === 'DETAILS') item.open = true;
}
addEventListener('hashchange', unfold);
addEventListener('beforeprint', () => document.querySelectorAll('img').forEach(img => { img.loading = 'eager'; }));
unfold();
"""
