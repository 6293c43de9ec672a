// Package boardfile reads and writes YAML: the file of an agent, and what the
// command line prints with -o yaml. Board files will be read here too. It is the
// only package that knows a YAML library.
package boardfile
