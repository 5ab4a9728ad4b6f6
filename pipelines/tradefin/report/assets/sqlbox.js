// The SQL box of a table's page. Everything comes from the folder of this script and from the release's tables.
{
  const here = new URL(".", document.currentScript.src);
  const release = new URL("../../", here);
  const MOST = 1000; // rows shown
  const box = document.getElementById("sqlbox");
  const table = document.querySelector("h1").textContent.trim();

  const make = (tag, told = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), told);
    element.append(...children);
    return element;
  };
  const text = async (address, kind) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answers ${answer.status}.`);
    return answer[kind]();
  };
  const script = (address) => new Promise((resolve, reject) => {
    document.head.append(make("script", { src: address, onload: resolve, onerror: () => reject(new Error(`${address} is not there.`)) }));
  });

  // The browser itself refuses whatever a query, or DuckDB's search for an extension, would ask of another server.
  document.head.append(
    make("meta", { httpEquiv: "Content-Security-Policy", content: "connect-src 'self'" }),
    make("link", { rel: "stylesheet", href: new URL("sqlbox.css", here) }),
  );

  const examples = [["The first rows", `from ${table} limit 20`]];
  for (let at = document.getElementById("questions-it-answers")?.nextElementSibling, question = ""; at && at.tagName !== "H2"; at = at.nextElementSibling) {
    const query = at.querySelector("code.language-sql");
    if (query) examples.push([question, query.textContent.trim()]);
    else question = at.textContent.trim();
  }

  const query = make("textarea", { id: "sqlbox-query", value: examples.at(-1)[1], spellcheck: false, autocapitalize: "off" });
  const run = make("button", { type: "submit", className: "run", textContent: "Run" });
  const status = make("p", { className: "soft" });
  status.setAttribute("role", "status");
  const result = make("div");
  const list = make("ul", { className: "examples" }, ...examples.map(([question, sql]) => make("li", {}, make("button", {
    type: "button", textContent: question, onclick: () => { query.value = sql; form.requestSubmit(); },
  }))));
  const form = make("form", {}, make("p", { textContent: "Questions to run:" }), list,
    make("label", { htmlFor: query.id, textContent: "SQL on any table of this release (Ctrl and Enter runs it)" }), query, run);
  box.replaceChildren(form, status, result);
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  query.focus();

  let opened;
  const open = async () => {
    const tables = await text(new URL("tables.json", here), "json");
    await script(new URL("arrow-global.js", here));
    document.head.append(make("script", { type: "importmap", textContent: JSON.stringify({ imports: { "apache-arrow": new URL("arrow.js", here) } }) }));
    const [duckdb, parquet] = await Promise.all([import(new URL("duckdb-browser.js", here)), import(new URL("parquet.js", here))]);
    // A worker of a blob keeps this page's policy; one of an address would have its own.
    const start = new Blob([`importScripts(${JSON.stringify(String(new URL("duckdb-worker.js", here)))});`], { type: "text/javascript" });
    const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), new Worker(URL.createObjectURL(start)));
    await Promise.all([db.instantiate(String(new URL("duckdb.wasm", here))), parquet.default({ module_or_path: new URL("parquet.wasm", here) })]);
    const con = await db.connect();
    const layers = [...new Set(Object.values(tables).map(([layer]) => layer))].sort();
    await con.query("set autoload_known_extensions = false; set autoinstall_known_extensions = false");
    for (const layer of layers) await con.query(`create schema "${layer}"`);
    await con.query(`set search_path = '${layers.join(",")}'`);
    return { con, parquet, tables, loaded: new Set() };
  };

  // Reads the tables that a query names. A word that happens to be a table's name costs a few kilobytes, no more.
  const load = async ({ con, parquet, tables, loaded }, sql) => {
    for (const name of new Set(sql.toLowerCase().match(/[a-z_][a-z0-9_]*/g))) {
      if (!Object.hasOwn(tables, name) || loaded.has(name)) continue;
      const [layer, path] = tables[name];
      status.textContent = `Reading ${path} …`;
      const bytes = new Uint8Array(await text(new URL(path, release), "arrayBuffer"));
      await con.insertArrowFromIPCStream(parquet.readParquet(bytes).intoIPCStream(), { name, schema: layer, create: true });
      loaded.add(name);
    }
  };

  const rowsOf = (answer) => Array.from({ length: answer.numRows }, (_, row) => answer.schema.fields.map((_, i) => answer.getChildAt(i).get(row)));

  // Every value as the text that DuckDB writes for it, which is exact for every type.
  const ask = async (con, sql) => {
    const inner = `from (\n${sql}\n)`;
    let types;
    try {
      types = rowsOf(await con.query(`describe select * ${inner}`)).map((row) => row[1]);
    } catch {
      await con.query(sql); // its own words on what is wrong, with its own lines
      throw new Error("One query at a time, and one that returns rows.");
    }
    const answer = await con.query(`select cast(columns(*) as varchar) ${inner} limit ${MOST + 1}`);
    return { names: answer.schema.fields.map((field) => field.name), types, rows: rowsOf(answer) };
  };

  const cell = (value, type) => {
    if (value === null) return make("td", { className: "null", textContent: "NULL" });
    if (type.startsWith("DECIMAL")) value = value.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    return make("td", { className: /^(DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT|DOUBLE|FLOAT)/.test(type) ? "number" : "", textContent: value });
  };

  const show = ({ names, types, rows }) => {
    const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col", textContent: name })));
    const body = rows.slice(0, MOST).map((row) => make("tr", {}, ...row.map((value, i) => cell(value, types[i]))));
    const region = make("div", { className: "scroll", tabIndex: 0 }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", "Result of the query");
    result.replaceChildren(region);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (run.disabled) return;
    run.disabled = true;
    result.replaceChildren();
    try {
      const sql = query.value.trim().replace(/;\s*$/, "");
      if (!opened) status.textContent = "Getting DuckDB, about 40 megabytes …";
      const session = await (opened ??= open());
      await load(session, sql);
      status.textContent = "Running …";
      const begun = performance.now();
      const found = await ask(session.con, sql);
      show(found);
      const seconds = ((performance.now() - begun) / 1000).toFixed(2);
      const rows = found.rows.length > MOST ? `The first ${MOST} rows` : found.rows.length === 1 ? "1 row" : `${found.rows.length} rows`;
      status.textContent = `${rows} in ${seconds} seconds.`;
    } catch (error) {
      status.textContent = "";
      const message = make("pre", { className: "error", textContent: error.message ?? String(error) });
      message.setAttribute("role", "alert");
      result.replaceChildren(message);
    }
    run.disabled = false;
  });
}
