/**
 * The console's only script: comfort, nothing that is needed. It copies what stands beside a button, and searches in long
 * tables as one types. It reads no answer and sends nothing.
 */
export const script = `'use strict';
for (const box of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = box.dataset.copy;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(box.querySelector('code').textContent);
    button.textContent = box.dataset.copied;
  });
  box.append(button);
}
for (const box of document.querySelectorAll('[data-search]')) {
  const rows = [...box.querySelectorAll('[data-row]')];
  if (rows.length < 8) continue;
  const label = document.createElement('label');
  label.className = 'search';
  label.textContent = box.dataset.search + ' ';
  const input = document.createElement('input');
  input.type = 'search';
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  label.append(input);
  box.prepend(label);
}
`;
