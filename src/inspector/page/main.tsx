/** Where the page begins. */

import './styles/palette.css';
import './styles/base.css';
import './shell/shell.css';
import {render} from 'preact';
import {App} from './app.js';
import {connect} from './connection.js';
import {prepareChartsLater} from './machines/laid-charts.js';
import {followPlaying} from './shell/player.js';
import {followTheme} from './shell/theme.js';

followTheme();
followPlaying();
connect();
prepareChartsLater();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
