import js from "@eslint/js";
import globals from "globals";

export default [
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 5, sourceType: "script", globals: globals.browser },
    rules: {
      ...js.configs.recommended.rules,
      "no-unused-vars": ["error", { caughtErrors: "none" }],
      "consistent-return": "error",
      "no-shadow": "error",
      "no-implicit-globals": "error",
      eqeqeq: "error",
      strict: ["error", "function"],
    },
  },
];
