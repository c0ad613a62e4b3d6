import '../../strict.ts';
import { render } from 'preact';
import { language } from '../../text.ts';
import { Options } from '../../views/options.tsx';

document.documentElement.lang = language();
const app = document.getElementById('app');
if (app !== null) render(<Options />, app);
