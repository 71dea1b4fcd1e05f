/** The settings of JWT access tokens, which only make sense together. */
import { mayFetchKeys } from "../auth/jwks-fetch.ts";
import type { RoleMap } from "../auth/role-map.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Knob, Reading } from "./read.ts";
import { roleMapRule } from "./role-map-rule.ts";
import { type Rule, rule } from "./rules.ts";

export interface OidcSettings {
  /** Exact value of "iss". Undefined: no JWT is accepted. */
  readonly oidcIssuer: string | undefined;
  /** Defined when the issuer is. */
  readonly oidcAudience: string | undefined;
  /** Undefined: found by discovery. */
  readonly oidcJwksUrl: string | undefined;
  readonly oidcRolesClaim: string;
  /** Undefined: no JWT is worth anything. */
  readonly oidcRoleMap: RoleMap | undefined;
}

/** Texts that end up in names of callers and in requests. */
const shortText = (must: string): Rule<string> =>
  rule(must, (text) => (/^[^\s\p{Cc}]{1,512}$/u.test(text) ? text : undefined));

/** Kept as it is written: issuers are compared letter by letter. */
const issuerRule = rule(
  "an https URL of at most 512 characters without credentials, query and fragment",
  (text) => (/^[^\s\\?#]{1,512}$/.test(text) ? httpUrl(text) : undefined),
);

const jwksUrlRule = rule("an https URL without credentials and fragment", (text) =>
  /^[^\s\\#]+$/.test(text) ? httpUrl(text) : undefined,
);

/** @returns the text; whether http is allowed is decided by {@link oidcProblems} */
function httpUrl(text: string): string | undefined {
  const url = /^https?:\/\//.test(text) ? URL.parse(text) : null;
  return url === null || url.username !== "" || url.password !== "" ? undefined : text;
}

/** ZITADEL's claim for the roles of the project that the calling application belongs to. */
const anyProjectClaim = "urn:zitadel:iam:org:project:roles";

/** Rows of the table of settings. */
export const oidcKnobs: { readonly [Name in keyof OidcSettings]: Knob<OidcSettings[Name]> } = {
  oidcIssuer: {
    env: "TARGETD_OIDC_ISSUER",
    flag: "--oidc-issuer <url>",
    default: undefined,
    otherwise: "no JWT is accepted",
    meaning: "Issuer whose JWT access tokens are accepted, exactly as in iss",
    secret: false,
    rule: issuerRule,
  },
  oidcAudience: {
    env: "TARGETD_OIDC_AUDIENCE",
    flag: "--oidc-audience <id>",
    default: undefined,
    otherwise: "needed with an issuer",
    meaning: "Audience that a JWT must name in aud",
    secret: false,
    rule: shortText("1 to 512 characters without spaces"),
  },
  oidcJwksUrl: {
    env: "TARGETD_OIDC_JWKS_URL",
    flag: "--oidc-jwks-url <url>",
    default: undefined,
    otherwise: "by discovery from the issuer",
    meaning: "Address of the issuer's public keys",
    secret: false,
    rule: jwksUrlRule,
  },
  oidcRolesClaim: {
    env: "TARGETD_OIDC_ROLES_CLAIM",
    flag: "--oidc-roles-claim <name>",
    default: anyProjectClaim,
    meaning: "Claim of a JWT that holds the roles",
    secret: false,
    rule: shortText("1 to 512 characters without spaces"),
  },
  oidcRoleMap: {
    env: "TARGETD_OIDC_ROLE_MAP",
    flag: "--oidc-role-map <json>",
    default: undefined,
    otherwise: "no role is granted",
    meaning: "What the values of that claim grant, as JSON",
    secret: false,
    rule: roleMapRule,
  },
};

/** How the OIDC settings were read. */
export type OidcReadings = { readonly [Name in keyof OidcSettings]: Reading<OidcSettings[Name]> };

/**
 * What the settings must not be together.
 *
 * @param dev allows http to addresses of this machine
 */
export function oidcProblems(readings: OidcReadings, dev: boolean): ConfigProblem[] {
  const { oidcIssuer, oidcAudience, oidcJwksUrl } = readings;
  const problems: ConfigProblem[] = [];
  for (const { variable, value } of [oidcIssuer, oidcJwksUrl]) {
    if (value === undefined || mayFetchKeys(value, dev)) continue;
    const rule = "must be https, or with --dev http on a loopback address";
    problems.push({ variable, value, rule });
  }
  if (oidcIssuer.text !== undefined && oidcAudience.text === undefined) {
    const rule = `must be set when ${oidcIssuer.variable} is: other services trust its tokens too`;
    problems.push({ variable: oidcAudience.variable, rule });
  }
  if (oidcIssuer.text !== undefined && trustsAnyProject(readings)) {
    const rule =
      `must name the project (urn:zitadel:iam:org:project:<project id>:roles): ${anyProjectClaim} ` +
      "holds the roles of whatever project the caller's application belongs to. Or give every " +
      "entry of the role map an organization";
    problems.push({ variable: readings.oidcRolesClaim.variable, rule });
  }
  return problems;
}

/** Whether a role of the same name in anybody's project would count. */
function trustsAnyProject({ oidcRolesClaim, oidcRoleMap }: OidcReadings): boolean {
  if (oidcRolesClaim.value !== anyProjectClaim) return false;
  const grants = [...(oidcRoleMap.value ?? new Map()).values()].flat();
  return grants.some(({ organization }) => organization === undefined);
}

/** What is safe but cannot be meant. */
export function oidcWarnings(readings: OidcReadings): string[] {
  const { oidcIssuer, oidcRoleMap } = readings;
  if (oidcIssuer.text !== undefined) {
    if (oidcRoleMap.text !== undefined) return [];
    return [`without ${oidcRoleMap.variable} no JWT is allowed anything`];
  }
  // The readings of all other settings come along.
  const names = Object.keys(oidcKnobs) as (keyof OidcSettings)[];
  return names
    .map((name) => readings[name])
    .filter(({ source }) => source !== "default")
    .map(({ variable }) => `${variable} means nothing without ${oidcIssuer.variable}`);
}
