// Items one by one: a list with filters and a search over prompts and replies, each item opened on demand.
// Reads the JSON of html_items.cpp. Whatever a model wrote is text here and stays text: nodes are made, never
// parsed. Long work is cut into slices, so that the page answers meanwhile.
(function () {
  'use strict';
  const headBlock = document.getElementById('items-head');
  const place = document.getElementById('drill');
  if (!headBlock || !place) return;
  const head = JSON.parse(headBlock.textContent);
  const blocks = Array.from(document.querySelectorAll('script.items'));
  const items = [];

  // An item: [id, task, repeat, flags, group, prompt, expected, reply per model]; a text that was shortened
  // is [its beginning, bytes of the whole].
  const ID = 0, TASK = 1, REPEAT = 2, FLAGS = 3, GROUP = 4, PROMPT = 5, EXPECTED = 6, REPLIES = 7;
  const FLIP = 1, UNSOLVED = 2;
  // A reply, or 0 where the model was not asked.
  const R = {flags: 0, score: 1, input: 2, output: 3, cost: 4, seconds: 5, text: 6, reasoning: 7, outcome: 8,
             finish: 9, detail: 10, served: 11, attempts: 12, run: 13, trial: 14};
  const COMPLETE = 1, SOLVED = 2, FAILED = 4;
  const pageSize = 25, sliceMs = 10, longText = 6000;

  const whole = (text) => typeof text === 'string' ? text : text[0];
  const count = (number) => number.toLocaleString('en-US');

  function node(tag, properties, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name === 'text') made.textContent = value;
      else if (name === 'class') made.className = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // Runs the next slice once the page had its turn; timers would wait 4 ms each.
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => waiting.shift()();
  function later(work) {
    waiting.push(work);
    channel.port2.postMessage(0);
  }

  function option(value, text) {
    return node('option', {value: value, text: text});
  }

  const search = node('input', {type: 'search', id: 'items-search', autocomplete: 'off', spellcheck: 'false'});
  const show = node('select', {id: 'items-show'}, option('all', 'all items'), option('flips', 'only flips'),
    option('unsolved', 'only not solved by some model'), option('failed', 'only without an answer'));
  head.models.forEach((model, m) => show.append(option('model' + m, 'only not solved by ' + model)));
  const task = node('select', {id: 'items-task'}, option('', 'all tasks'));
  head.tasks.forEach((name, t) => task.append(option(String(t), name)));
  const status = node('p', {id: 'items-status', role: 'status'});
  const list = node('ol', {id: 'items-list', class: 'items'});
  const back = node('button', {type: 'button', id: 'items-back', text: 'Previous'});
  const forth = node('button', {type: 'button', id: 'items-forth', text: 'Next'});
  const where = node('span', {id: 'items-page'});
  place.append(
    node('div', {class: 'filters', role: 'search', 'aria-label': 'Items'},
      node('label', {for: 'items-search', text: 'Search prompts and replies'}), search,
      node('label', {for: 'items-show', text: 'Show'}), show,
      node('label', {for: 'items-task', text: 'Task'}), task),
    status, list, node('nav', {class: 'pages', 'aria-label': 'Pages of items'}, back, where, forth));

  function result(reply) {
    if (!reply) return ['none', '·', 'not asked'];
    if (reply[R.flags] & FAILED) return ['bad', '✗', 'no answer'];
    if (!(reply[R.flags] & COMPLETE)) return ['none', '·', 'no result'];
    return reply[R.flags] & SOLVED ? ['good', '✓', 'solved'] : ['bad', '✗', 'not solved'];
  }

  function command(reply) {
    return 'costwar runs show ' + (head.runs[reply[R.run]] || 'RUN') + ' --trial ' + reply[R.trial];
  }

  // A text with what cut it: the file, or its length.
  function textBlock(text, label, heading) {
    const shown = whole(text);
    const block = node('div', {class: 'text'});
    const pre = node('pre', {text: shown.slice(0, longText), dir: 'auto'});
    block.append(node(heading, {class: 'label', text: label}), pre);
    if (shown.length > longText) {
      const more = node('button', {type: 'button', text: 'Show all ' + count(shown.length) + ' characters'});
      more.addEventListener('click', () => { pre.textContent = shown; more.remove(); });
      block.append(more);
    }
    if (typeof text !== 'string')
      block.append(node('p', {class: 'quiet', text: shown === '' ? count(text[1]) + ' bytes, not in this file' : '… the beginning of ' + count(text[1]) + ' bytes'}));
    return block;
  }

  function replyBlock(model, reply) {
    const [look, mark, words] = result(reply);
    const block = node('section', {class: 'reply', 'aria-label': model});
    block.append(node('h3', {}, node('span', {class: look, text: mark + ' ' + words}), ' ' + model));
    if (!reply) return block;
    const facts = [];
    if (reply[R.score] !== null) facts.push('score ' + reply[R.score]);
    if (reply[R.input] !== null) facts.push(count(reply[R.input]) + ' tokens in');
    if (reply[R.output] !== null) facts.push(count(reply[R.output]) + ' out');
    if (reply[R.cost]) facts.push(reply[R.cost]);
    if (reply[R.seconds] !== null) facts.push(Number(reply[R.seconds].toPrecision(3)) + ' s');
    if (reply[R.attempts] > 1) facts.push(reply[R.attempts] + ' attempts');
    if (reply[R.outcome] && reply[R.outcome] !== 'ok') facts.push('ended: ' + whole(reply[R.outcome]));
    if (whole(reply[R.finish])) facts.push('finish: ' + whole(reply[R.finish]));
    if (whole(reply[R.served])) facts.push('served by ' + whole(reply[R.served]));
    block.append(node('p', {class: 'quiet', text: facts.join(' · ')}), textBlock(reply[R.text], 'Reply', 'h4'));
    if (typeof reply[R.reasoning] !== 'string' || reply[R.reasoning] !== '') {
      const reasoning = node('details', {}, node('summary', {text: 'Reasoning'}), textBlock(reply[R.reasoning], 'Reasoning', 'h4'));
      block.append(reasoning);
    }
    if (whole(reply[R.detail])) block.append(textBlock(reply[R.detail], 'How it was scored', 'h4'));
    block.append(node('p', {class: 'quiet'}, node('code', {text: command(reply)})));
    return block;
  }

  function fill(details, item) {
    if (details.dataset.filled) return;
    details.dataset.filled = '1';
    const replies = node('div', {class: 'replies'});
    head.models.forEach((model, m) => replies.append(replyBlock(model, item[REPLIES + m])));
    const body = node('div', {class: 'item'}, textBlock(item[PROMPT], 'Prompt', 'h3'));
    if (whole(item[EXPECTED])) body.append(textBlock(item[EXPECTED], 'Expected', 'h3'));
    body.append(replies);
    details.append(body);
  }

  function row(item) {
    const summary = node('summary', {}, node('span', {class: 'id', text: whole(item[ID])}));
    const kind = [head.tasks[item[TASK]]];
    if (whole(item[GROUP])) kind.push(whole(item[GROUP]));
    if (item[REPEAT] > 0) kind.push('repeat ' + (item[REPEAT] + 1));
    summary.append(node('span', {class: 'kind', text: kind.join(' · ')}));
    const marks = node('span', {class: 'marks'});
    head.models.forEach((model, m) => {
      const [look, mark, words] = result(item[REPLIES + m]);
      marks.append(node('span', {class: look, title: words}, node('span', {'aria-hidden': 'true', text: mark + ' '}), model,
        node('span', {class: 'vh', text: ' ' + words + ';'})));
    });
    summary.append(marks, node('span', {class: 'start', text: whole(item[PROMPT]).replace(/\s+/g, ' ').slice(0, 140)}));
    const details = node('details', {}, summary);
    details.addEventListener('toggle', () => { if (details.open) fill(details, item); });
    return node('li', {}, details);
  }

  let found = [];
  let page = 0;
  let newest = 0;  // a newer search ends the one that runs

  function showPage() {
    const pages = Math.max(1, Math.ceil(found.length / pageSize));
    page = Math.min(page, pages - 1);
    list.replaceChildren(...found.slice(page * pageSize, (page + 1) * pageSize).map((i) => row(items[i])));
    list.setAttribute('start', String(page * pageSize + 1));
    where.textContent = 'Page ' + count(page + 1) + ' of ' + count(pages);
    back.disabled = page === 0;
    forth.disabled = page >= pages - 1;
  }

  function filter() {
    const words = search.value.trim().toLowerCase();
    const wanted = show.value;
    const ofTask = task.value === '' ? -1 : Number(task.value);
    const model = wanted.startsWith('model') ? REPLIES + Number(wanted.slice(5)) : 0;
    const fits = (item) => {
      if (ofTask >= 0 && item[TASK] !== ofTask) return false;
      if (wanted === 'flips') return (item[FLAGS] & FLIP) !== 0;
      if (wanted === 'unsolved') return (item[FLAGS] & UNSOLVED) !== 0;
      if (wanted === 'failed') return item.slice(REPLIES).some((reply) => reply && (reply[R.flags] & FAILED));
      if (model) return item[model] !== 0 && item[model] !== undefined && !(item[model][R.flags] & SOLVED);
      return true;
    };
    const has = (text) => whole(text).toLowerCase().includes(words);
    const says = (item) => {
      if (has(item[PROMPT]) || has(item[ID]) || has(item[EXPECTED])) return true;
      for (let m = REPLIES; m < item.length; ++m)
        if (item[m] && (has(item[m][R.text]) || has(item[m][R.reasoning]))) return true;
      return false;
    };
    return (item) => fits(item) && (words === '' || says(item));
  }

  function apply() {
    const mine = ++newest;
    const matches = filter();
    const hits = [];
    let next = 0;
    place.setAttribute('aria-busy', 'true');
    const slice = () => {
      if (mine !== newest) return;
      const until = performance.now() + sliceMs;
      while (next < items.length && performance.now() < until)
        for (const end = Math.min(next + 50, items.length); next < end; ++next)
          if (matches(items[next])) hits.push(next);
      if (next < items.length || blocks.length > 0) {
        later(slice);
        return;
      }
      found = hits;
      page = 0;
      showPage();
      status.textContent = count(found.length) + ' of ' + count(items.length) + ' items' + (head.shown < head.of ? ' (the run has ' + count(head.of) + ')' : '');
      place.setAttribute('aria-busy', 'false');
    };
    slice();
  }

  function read() {
    const until = performance.now() + sliceMs;
    while (blocks.length > 0 && performance.now() < until) {
      const block = blocks.shift();
      for (const item of JSON.parse(block.textContent)) items.push(item);
      block.remove();
    }
    if (blocks.length > 0) {
      status.textContent = 'Reading items: ' + count(items.length) + ' of ' + count(head.shown);
      later(read);
      return;
    }
    apply();
  }

  let typing = 0;
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(apply, 120);
  });
  show.addEventListener('change', apply);
  task.addEventListener('change', apply);
  const turn = (by) => {
    page += by;
    showPage();
    list.scrollIntoView({block: 'nearest'});
  };
  back.addEventListener('click', () => turn(-1));
  forth.addEventListener('click', () => turn(1));

  document.getElementById('items-static').hidden = true;
  place.hidden = false;
  read();
}());
