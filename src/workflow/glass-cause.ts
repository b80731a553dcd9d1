/** The cause of an incident that holds nothing back: broken glass waits for its review. */
export const GLASS_CAUSE = "broken_glass";
