import { Button } from "../components/button.tsx";
import { nextTheme, theme } from "../theme/theme.ts";

const icons = { system: "half", light: "sun", dark: "moon" } as const;

/** Goes through the themes: as the system has it, light, dark. */
export function ThemeSwitch() {
  const current = theme.value;
  return (
    <Button
      small
      kind="quiet"
      icon={icons[current]}
      label={`Theme: ${current}. Change it`}
      onClick={nextTheme}
    />
  );
}
