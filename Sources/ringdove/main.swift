internal import Glibc
internal import Server

exit(Server.main(arguments: Array(CommandLine.arguments.dropFirst())))
