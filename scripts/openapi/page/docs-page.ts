/** The page at /docs: the document as HTML that needs no script. */
import type { JsonObject } from "@bufbuild/protobuf";
import { type Html, html, markdown } from "./html.ts";
import { type Operation, operationView } from "./operation-view.ts";
import { listOf, membersOf, objectOf, schemaAnchor, schemaBody } from "./schema-view.ts";

/** @param document an OpenAPI document as `openapiDocument` makes it */
export function docsPage(document: JsonObject): string {
  const info = objectOf(document.info);
  const operations = membersOf(document.paths).flatMap(([path, verbs]) =>
    membersOf(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );
  const tags = listOf(document.tags).map(objectOf);
  const sections = tags.map((tag) => ({
    tag,
    own: operations.filter(({ operation }) => listOf(operation.tags).includes(tag.name ?? "")),
  }));
  const schemas = objectOf(objectOf(document.components).schemas);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${String(info.title)} API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/docs.css">
<script src="docs/docs.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the operations</a>
<header>
<h1>${String(info.title)} API <small>${String(info.version)}</small></h1>
<p><a href="openapi.json">openapi.json</a></p>
<p class="find" hidden><label for="find">Find</label> <input id="find" type="search" autocomplete="off" spellcheck="false" placeholder="path, name or text"> <output for="find"></output></p>
</header>
<nav aria-label="Operations"><details open><summary>Contents</summary><ul>${sections.map(contents)}<li><a href="#schemas">Schemas</a></li></ul></details></nav>
<main id="content">
${markdown(info.description)}
${sections.map((each) => section(each, schemas))}<section id="schemas" class="group"><h2>Schemas</h2>
${membersOf(schemas).map(schemaView)}</section>
</main>
</body>
</html>
`;
  return page.text;
}

interface Section {
  readonly tag: JsonObject;
  readonly own: readonly Operation[];
}

function tagAnchor({ name }: JsonObject): string {
  return `tag-${String(name)}`;
}

function contents({ tag, own }: Section): Html {
  const links = own.map(
    ({ operation }) =>
      html`<li><a href="#${String(operation.operationId)}">${shortName(operation)}</a></li>`,
  );
  return html`<li><a href="#${tagAnchor(tag)}">${String(tag.name)}</a><ul>${links}</ul></li>
`;
}

/** The name of the method, or that of the operation after the service. */
function shortName({ operationId }: JsonObject): string {
  return String(operationId)
    .replace(/^[^_]*_/, "")
    .replaceAll("_", " ");
}

function section({ tag, own }: Section, schemas: JsonObject): Html {
  return html`<section class="group" id="${tagAnchor(tag)}"><h2>${String(tag.name)}</h2>
${markdown(tag.description)}
${own.map((each) => operationView(each, schemas))}</section>
`;
}

function schemaView([name, schema]: readonly [string, JsonObject]): Html {
  return html`<details class="entry" id="${schemaAnchor(name)}">
<summary><h3><code>${name}</code></h3></summary>
${schemaBody(schema)}
</details>
`;
}
