/**
 * What each shell needs to ask `switchboard complete` for the words that may stand where the cursor is. Where it knows
 * none, as for a file, the shell completes as it always does.
 */
export const SHELL_SCRIPTS: Readonly<Record<string, string>> = {
  // Readline splits words at colons, which addresses have: the words are split anew, and of a candidate only what
  // follows the last colon goes in.
  bash: `_switchboard() {
  local line="\${COMP_LINE:0:COMP_POINT}" cur words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur="\${words[\${#words[@]} - 1]}"
  mapfile -t COMPREPLY < <(switchboard complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")
  fi
}
complete -o default -F _switchboard switchboard
`,
  zsh: `#compdef switchboard
_switchboard() {
  local -a found
  found=("\${(@f)$(switchboard complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( \${#found} )); then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
if [ "$funcstack[1]" = "_switchboard" ]; then
  _switchboard "$@"
else
  compdef _switchboard switchboard
fi
`,
  fish: `complete -c switchboard -f -a '(switchboard complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c switchboard -n '__fish_seen_subcommand_from check put diff' -F
complete -c switchboard -l token-file -r -F
`,
};
