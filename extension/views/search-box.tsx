import { useState } from 'preact/hooks';
import { text } from '../text.ts';

interface SearchBoxProps {
  label: string;
  isBusy: boolean;
  onSearch(query: string): void;
}

/** Asks for a name, a number or an e-mail. */
export function SearchBox({ label, isBusy, onSearch }: SearchBoxProps) {
  const [query, setQuery] = useState('');

  const submit = (event: Event): void => {
    event.preventDefault();
    if (query.trim().length >= 2) onSearch(query.trim());
  };

  return (
    <form role="search" onSubmit={submit}>
      <label for="query">{label}</label>
      <div class="row">
        <input
          id="query"
          type="search"
          placeholder={text('search_hint')}
          minLength={2}
          maxLength={200}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <button type="submit" disabled={isBusy}>
          {text('search_button')}
        </button>
      </div>
    </form>
  );
}
