import { useRef, useState } from 'preact/hooks';

interface SwitchProps {
  isOn: boolean;
  isDisabled?: boolean;
  label: string;
  /** Ends when `isOn` is what came of it, whether it worked or not. */
  onSet(isOn: boolean): Promise<void>;
}

/** A box that stays as it was ticked until what came of it is known: others that change meanwhile do not untick it. */
export function Switch({ isOn, isDisabled = false, label, onSet }: SwitchProps) {
  const [pressed, setPressed] = useState<boolean | null>(null);
  const times = useRef(0);
  const press = async (to: boolean): Promise<void> => {
    const time = (times.current += 1);
    setPressed(to);
    await onSet(to);
    if (time === times.current) setPressed(null);
  };
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={pressed ?? isOn}
        disabled={isDisabled}
        onChange={(event) => void press(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
