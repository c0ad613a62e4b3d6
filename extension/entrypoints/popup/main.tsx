import { render } from 'preact';
import { language } from '../../text.ts';
import { Popup } from '../../views/popup.tsx';

document.documentElement.lang = language();
const app = document.getElementById('app');
if (app !== null) render(<Popup />, app);
