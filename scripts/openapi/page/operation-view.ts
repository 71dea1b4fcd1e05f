/** One operation of the page. */
import type { JsonObject } from "@bufbuild/protobuf";
import { curlCommand } from "./curl.ts";
import { type Html, html, markdown } from "./html.ts";
import {
  componentOf,
  listOf,
  membersOf,
  objectOf,
  row,
  schemaBody,
  typeOf,
} from "./schema-view.ts";

export interface Operation {
  readonly path: string;
  readonly verb: string;
  readonly operation: JsonObject;
}

/** @param schemas the components of the document */
export function operationView({ path, verb, operation }: Operation, schemas: JsonObject): Html {
  const parameters = listOf(operation.parameters).map(objectOf);
  const body = objectOf(operation.requestBody);
  const media = objectOf(objectOf(body.content)["application/json"]);
  return html`<details class="entry" id="${String(operation.operationId)}">
<summary><h3><span class="verb ${verb}">${verb.toUpperCase()}</span> <code>${path}</code> <span class="what">${String(operation.summary)}</span></h3></summary>
${markdown(operation.description)}
${parameters.length === 0 ? undefined : html`<h4>Parameters</h4><dl class="members">${parameters.map(parameterRow)}</dl>`}
${media.schema === undefined ? undefined : bodyView(objectOf(media.schema), body.required === true, schemas)}
<h4>Example</h4><pre tabindex="0"><code>${curlCommand(path, verb, operation)}</code></pre>
<h4>Answers</h4><dl class="answers">${membersOf(operation.responses).map(answerRow)}</dl>
</details>
`;
}

/** The type of the body with its members, which are what people look for. */
function bodyView(schema: JsonObject, required: boolean, schemas: JsonObject): Html {
  const mark = required ? html` <strong>required</strong>` : undefined;
  const { [componentOf(schema)]: members } = schemas;
  return html`<h4>Body</h4><p>${typeOf(schema)}${mark}</p>${schemaBody(objectOf(members))}`;
}

function parameterRow(parameter: JsonObject): Html {
  const { description } = parameter;
  const schema = {
    ...objectOf(parameter.schema),
    ...(description === undefined ? {} : { description }),
  };
  return html`${row(`${String(parameter.name)} (${String(parameter.in)})`, schema, parameter.required === true)}`;
}

function answerRow([status, answer]: readonly [string, JsonObject]): Html {
  const schema = objectOf(objectOf(objectOf(answer.content)["application/json"]).schema);
  const headers = membersOf(answer.headers).map(([name]) => html` <code>${name}</code>`);
  return html`<dt><code>${status}</code> <span class="type">${typeOf(schema)}</span></dt>
<dd>${markdown(answer.description)}${headers.length === 0 ? undefined : html`<p>Headers:${headers}</p>`}</dd>
`;
}
