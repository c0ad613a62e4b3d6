import { useEffect, useState } from 'preact/hooks';
import { askFromView } from '../ask.ts';
import { text } from '../text.ts';

interface SearchBoxProps {
  label: string;
  isBusy: boolean;
  onSearch(query: string): void;
}

/** Asks for a name, a number or an e-mail. */
export function SearchBox({ label, isBusy, onSearch }: SearchBoxProps) {
  const [query, setQuery] = useState('');

  useEffect(() => {
    void askFromView('search.read', {}).then((answer) => {
      if (!answer.ok || answer.value.query === '') return;
      setQuery((typed) => typed || answer.value.query);
      if (answer.value.isWaiting && answer.value.query.length >= 2) onSearch(answer.value.query);
    });
  }, []);

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
