import { render } from 'preact';
import { language } from '../../text.ts';
import { Popup } from '../../views/popup.tsx';
import { readOrigin } from '../../views/state.ts';

document.documentElement.lang = language();
const app = document.getElementById('app');
if (app !== null) render(<Popup origin={await readOrigin()} />, app);
