/** A child of the bundled theme, and one that breaks the site. */
import { zipOf } from "./connector-zip.ts";

export const THEME = "hello-theme";

/** A version of the test theme; `breaks` makes it fatal when it is active. */
export function themeZip(version: string, breaks = false): Buffer {
  const style = `/*\nTheme Name: Hello Theme\nTemplate: twentytwentyfive\nVersion: ${version}\n*/\n`;
  const functions = breaks ? "<?php hello_theme_missing_function();\n" : "<?php // nothing\n";
  return zipOf([
    { name: `${THEME}/style.css`, text: style },
    { name: `${THEME}/functions.php`, text: functions },
  ]);
}
