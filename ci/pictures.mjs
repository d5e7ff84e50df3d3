// The documentation's pictures: the quickstart, and what each hunt finds.
// `pictures.mjs EXAMPLES FOLDER`.

import { Program, launch } from './browser.mjs';

const [, , examples, folder] = process.argv;

/** Enough to look at: so many seconds of plots, and a row, or a curve, of them. */
const isThere = ({ seconds, selector }) => {
  const [, covered] = document.querySelector('#about').textContent.match(/cover (?:(\d+) s|\d+ min)/) ?? [];
  return (covered === undefined || Number(covered) >= seconds) && document.querySelectorAll(selector).length > 0;
};

async function picture(browser, [example, ...args], { name, lint, hash = '', seconds, selector, height, dark }) {
  const program = await Program.start(`${examples}/${example}`, ...args);
  const page = await browser.newPage({ viewport: { width: 1200, height }, colorScheme: dark ? 'dark' : 'light' });
  page.setDefaultTimeout(200_000);
  await page.goto(program.url);
  if (lint) await page.locator(`article[data-lint="${lint}"]`).first().waitFor();
  await page.goto(program.url + hash);
  await page.waitForFunction(isThere, { seconds, selector });
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.close();
  await program.stop();
  console.log(`${[example, ...args].join(' ')}: ${lint ? `${lint} was found` : 'drawn'}`);
}

const browser = await launch();
// It takes two minutes to grow, in which the others are drawn.
const leak = picture(browser, ['hunts', 'leak', '--port', '0'],
  { name: 'hunt-leak', lint: 'leak', hash: '#/name/tokio/coroutine/session', seconds: 125, selector: '.plot .curve', height: 960 });
await picture(browser, ['quickstart', '--console', '--trouble'],
  { name: 'console', seconds: 25, selector: 'tbody tr', height: 900 });
await picture(browser, ['hunts', 'blocking'],
  { name: 'hunt-blocking', lint: 'blocking_in_async', hash: '#/?range=60&sort=schedule.max', seconds: 20, selector: 'tbody tr', height: 640 });
await picture(browser, ['hunts', 'starved'],
  { name: 'hunt-starved', lint: 'starved_blocking_pool', hash: '#/name/tokio/to_thread/make_smaller?range=60', seconds: 25, selector: '.plot .p99', height: 960, dark: true });
await leak;
await browser.close();
