/** A set that forgets its oldest members beyond `max`. */
export function createRecentSet(max: number): Pick<Set<string>, 'has' | 'add'> {
  const members = new Set<string>();
  return {
    has: (member) => members.has(member),
    add(member) {
      if (members.size >= max) members.delete(members.values().next().value ?? '');
      return members.add(member);
    },
  };
}
