export function placeFault(folder: string, platform: string): string | null;
