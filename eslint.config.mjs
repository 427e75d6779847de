import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Syntax that TSTL compiles to something slow, something else, or nothing at all. */
const LUA_FORBIDDEN = [
  ["Literal[regex]", "RegExp does not exist in Lua"],
  ["LabeledStatement", "labels do not compile to Lua"],
  ["PrivateIdentifier", "#private does not compile to Lua"],
  ["BinaryExpression[operator='>>>']", ">>> is signed in Lua"],
  ["BinaryExpression[operator='==']", "compare with ==="],
  ["BinaryExpression[operator='!=']", "compare with !=="],
  ["Identifier[name='Date']", "Date compiles to nil; take a Clock"],
  ["MemberExpression[object.name='JSON']", "JSON compiles to nil; take a codec"],
  ["MemberExpression[object.name='Math'][property.name='imul']", "Math.imul does not compile to Lua"],
  ["MemberExpression[object.name='Math'][property.name='random']", "take an Rng"],
  ["ThrowStatement", "return undefined and the reason; a thrown Error reaches nginx as 'unknown reason'"],
  ["ExportNamedDeclaration > VariableDeclaration[kind='let']", "no export let"],
].map(([selector, message]) => ({ selector, message }));

const RULES = {
  "import-x/no-cycle": "error",
  "@typescript-eslint/no-explicit-any": "error",
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_$" }],
  "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
  "@typescript-eslint/naming-convention": [
    "error",
    { selector: "typeLike", format: ["PascalCase"] },
    { selector: "function", format: ["camelCase"] },
  ],
  eqeqeq: "error",
  "no-var": "error",
  "prefer-const": "error",
};

function onlyImports(folder, forbidden, message) {
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
  };
}

export default tseslint.config(
  { ignores: ["dist", "node_modules", ".run", "coverage"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    plugins: { "import-x": importX },
    settings: {
      "import-x/extensions": [".ts"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".mjs", ".js"] })],
    },
    rules: RULES,
  },
  {
    files: ["src/{core,admin,relay,ngx,phases}/**/*.ts", "src/switchboard.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...LUA_FORBIDDEN],
      "@typescript-eslint/strict-boolean-expressions": [
        "error",
        { allowString: false, allowNumber: false, allowNullableObject: false },
      ],
      "max-lines": ["error", 300],
    },
    languageOptions: { parserOptions: { project: "./tstl.json", tsconfigRootDir: import.meta.dirname } },
  },
  {
    // The names are those of the libraries described.
    files: ["src/types/**/*.d.ts"],
    rules: { "@typescript-eslint/naming-convention": "off" },
  },
  onlyImports(
    "core",
    "^(node:|ngx|resty|nginx|cjson|(\\.\\./)+(admin|relay|ngx|phases|cli|build)/)",
    "core is pure",
  ),
  onlyImports(
    "admin",
    "^(node:|ngx|resty|nginx|cjson|(\\.\\./)+(relay|ngx|phases|cli|build)/)",
    "admin is pure",
  ),
  onlyImports(
    "relay",
    "^(node:|ngx|resty|nginx|cjson|(\\.\\./)+(admin|ngx|phases|cli|build)/)",
    "relay is pure",
  ),
  onlyImports("ngx", "(\\.\\./)+(phases|cli|build)/", "ngx is an adapter"),
  onlyImports("cli", "(\\.\\./)+(ngx|phases|relay)/", "the CLI imports core alone"),
  onlyImports(
    "simulator",
    "(\\.\\./)+(admin|ngx|phases|relay|cli|build)/",
    "the simulator imports core alone",
  ),
  {
    files: ["src/simulator/**/*.ts"],
    rules: { "max-lines": ["error", 300] },
  },
);
