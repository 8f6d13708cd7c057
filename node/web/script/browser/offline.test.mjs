// verify.html from the disk, without any network: what an auditor does with a receipt that somebody saved.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { accessible, GREEN, launch, missing, picture, RED, visitor } from './browser.mjs';
import { fetchBytes, Network } from './network.mjs';

describe('verify.html', { skip: missing }, () => {
  let network, browser, at, v;
  const file = (name) => join(network.dir, name);

  before(async () => {
    network = new Network();
    await network.ready();
    const node = network.nodes[0];
    browser = await launch();
    v = await visitor(browser, { acceptDownloads: true });

    // As people do: by the links of the product's page.
    await v.page.goto(`${node}/p/2000001.1`);
    await v.page.evaluate(() => { for (const d of document.querySelectorAll('#proof details')) d.open = true; });
    for (const [link, name] of [['a[href^="/v1/products/"]', 'coffee.ocop'], ['a[href="/verify.html"]', 'verify.html']]) {
      const [download] = await Promise.all([v.page.waitForEvent('download'), v.page.click(link)]);
      await download.saveAs(file(name));
    }
    const sum = createHash('sha256').update(readFileSync(file('verify.html'))).digest('hex');
    assert.ok((await v.page.textContent('#proof')).includes(sum), 'the page shows another hash');
    assert.equal((await fetchBytes(`${node}/verify.html.sha256`)).toString(), `${sum}  verify.html\n`);
    const served = await fetch(`${node}/verify.html`);
    assert.equal(served.headers.get('repr-digest'), `sha-256=:${Buffer.from(sum, 'hex').toString('base64')}:`);

    writeFileSync(file('policy.txt'), await fetchBytes(`${node}/log/policy`));
    await network.sell(4, 20);
    writeFileSync(file('lot.ocop'), await fetchBytes(`${node}/v1/lots/2000003.1/ST24-01/receipt?format=file`));
    const certificate = encodeURIComponent((await v.page.getAttribute('.facts a[href^="/c/"]', 'href')).slice(3));
    writeFileSync(file('certificate.ocop'), await fetchBytes(`${node}/v1/certificates/${decodeURIComponent(certificate)}/receipt?format=file`));
    const { records: [{ record }] } = JSON.parse(await fetchBytes(`${node}/v1/blocks/5`));
    writeFileSync(file('record.tlog-proof'), await fetchBytes(`${node}/v1/records/${record}/receipt?format=file`));
    writeFileSync(file('action.ocop'), await fetchBytes(`${node}/v1/records/${record}/receipt?action=0&format=file`));
    writeFileSync(file('revoked.ocop'), await fetchBytes(`${node}/v1/products/2000015.1/receipt?format=file`));
    const bent = Buffer.from(readFileSync(file('coffee.ocop')));
    bent[bent.length - 300] ^= 4;
    writeFileSync(file('bent.ocop'), bent);
    writeFileSync(file('short.ocop'), bent.subarray(0, 700));
    writeFileSync(file('letter.pdf'), '%PDF-1.7');
    await v.context.close();
    v = await visitor(browser);
    await v.context.setOffline(true);
    at = pathToFileURL(file('verify.html')).href;
  });
  after(async () => {
    await browser?.close();
    await network?.close();
  });

  const give = async (...names) => {
    await v.page.setInputFiles('#files', names.map(file));
    await v.page.waitForFunction((all) => {
      const main = document.getElementById('main');
      return main.getAttribute('aria-busy') === 'false' && all.every((n) => main.textContent.includes(n));
    }, names);
  };
  const articles = () => v.page.evaluate(() => [...document.querySelectorAll('article')].map((a) => ({
    name: a.querySelector('h2').textContent, sentence: a.querySelector('.sentence').textContent, colour: getComputedStyle(a.querySelector('.verdict')).backgroundColor,
    checks: [...a.querySelectorAll('.checks li')].map((l) => l.className), text: a.textContent, open: a.lastElementChild.open,
  })));

  it('shows verdict, facts, history and every check of saved receipts', async () => {
    await v.page.goto(at);
    await accessible(v.page, 'empty');
    await give('coffee.ocop');
    assert.match(await v.page.textContent('.warn'), /Còn thiếu tệp quy tắc/);
    await give('policy.txt', 'revoked.ocop', 'lot.ocop', 'certificate.ocop');
    const all = await articles();
    assert.deepEqual(all.map((a) => [a.name, a.colour]), [['coffee.ocop', GREEN], ['revoked.ocop', RED], ['lot.ocop', GREEN], ['certificate.ocop', GREEN]]);
    assert.match(all[0].sentence, /^Chứng nhận thật, còn hiệu lực đến hết ngày/);
    assert.match(all[1].sentence, /^Chứng nhận đã bị thu hồi từ ngày/);
    for (const part of ['Cà phê bột Đắk Đam (2000001.1)', 'HTX Nông nghiệp Công Bằng Thuận An', 'Công nhận OCOP 4★', 'Quyết định', 'Đăng ký sản phẩm']) assert.ok(all[0].text.includes(part), part);
    assert.ok(all[0].checks.length > 3 && all[0].checks.every((c) => c === 'ok'), all[0].checks.join());
    assert.match(await v.page.textContent('main'), /DỮ LIỆU MẪU/);
    // A long history comes in parts.
    const steps = () => v.page.evaluate(() => document.querySelectorAll('article')[2].querySelectorAll('ol > li > strong').length);
    assert.equal(await steps(), 50);
    await v.page.click('article:nth-of-type(3) div > button');
    assert.ok(await steps() > 80);
    await accessible(v.page, 'receipts');
    await picture(v.page, 'verify');
    await v.page.click('#turn');
    const english = await articles();
    assert.match(english[0].sentence, /^Genuine certificate, in force until/);
    assert.equal(await v.page.evaluate(() => document.documentElement.lang), 'en');
    await accessible(v.page, 'receipts in English');
    await picture(v.page, 'verify-en');
  });

  it('shows what a record says that the ledger has', async () => {
    await v.page.goto(`${at}?lang=en`);
    await give('policy.txt', 'record.tlog-proof', 'action.ocop');
    const all = await articles();
    assert.deepEqual(all.map((a) => a.sentence), ['This record is on the ledger.', 'The ledger has accepted this record.']);
    assert.match(all[0].text, /Signed by\d+/);
    await accessible(v.page, 'records');
    // The receipt alone, without anything to believe, proves nothing.
    await v.page.goto(`${at}?lang=en`);
    await give('record.tlog-proof');
    assert.equal((await articles()).length, 0);
    assert.match(await v.page.textContent('.warn'), /policy file is missing/);
  });

  it('takes files that are dropped on it', async () => {
    await v.page.goto(`${at}?lang=en`);
    await v.page.evaluate((files) => {
      const data = new DataTransfer();
      for (const [name, text] of files) data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      for (const kind of ['dragover', 'drop']) document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
    }, ['policy.txt', 'coffee.ocop'].map((n) => [n, readFileSync(file(n)).toString('base64')]));
    await v.page.waitForSelector('article');
    assert.equal((await articles())[0].colour, GREEN);
  });

  it('gives the verdict for another day', async () => {
    await v.page.goto(`${at}?lang=en`);
    await give('policy.txt', 'coffee.ocop');
    await v.page.fill('#date', '2039-01-01');
    await v.page.dispatchEvent('#date', 'change');
    assert.match((await articles())[0].sentence, /^Certificate expired after/);
  });

  it('refuses what was changed, with the reason, and what is no file of a ledger', async () => {
    await v.page.goto(`${at}?lang=en`);
    await give('policy.txt', 'bent.ocop', 'short.ocop', 'letter.pdf');
    for (const a of await articles()) {
      assert.equal(a.colour, RED, a.name);
      assert.match(a.sentence, /does not hold/);
      assert.match(a.text, /The proof does not hold \(\w+\)/);
      assert.equal(a.checks.at(-1), 'bad');
      assert.ok(a.open);
    }
    assert.match(await v.page.textContent('.pick .warn'), /letter\.pdf/);
    await accessible(v.page, 'refused');
    await picture(v.page, 'verify-refused');
  });

  it('asks nobody, and makes no markup of a file name', async () => {
    await v.page.goto(at);
    const name = '<img src=x onerror=alert(1)>.ocop';
    await v.page.setInputFiles('#files', [{ name, mimeType: 'application/octet-stream', buffer: readFileSync(file('coffee.ocop')) }, { name: 'p', mimeType: 'text/plain', buffer: readFileSync(file('policy.txt')) }]);
    await v.page.waitForSelector('article');
    assert.equal(await v.page.textContent('article h2'), name);
    assert.equal(await v.page.evaluate(() => document.images.length), 0);
    assert.equal(v.seen.dialogs, 0);
    assert.deepEqual(v.seen.errors, []);
    assert.deepEqual(v.seen.requests.filter((u) => !u.startsWith('file:') && u !== 'about:blank'), []);
  });
});
