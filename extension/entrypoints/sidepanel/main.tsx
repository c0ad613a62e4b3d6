import { render } from 'preact';
import { language } from '../../text.ts';
import { Panel } from '../../views/panel.tsx';

document.documentElement.lang = language();
const app = document.getElementById('app');
if (app !== null) render(<Panel />, app);
