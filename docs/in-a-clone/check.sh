#!/bin/sh
# For any service that builds from a clone: judges what the checked-out commit adds since a revision.
# Use: check.sh REVISION, for example check.sh origin/main. Without a revision, the whole wiki is judged.
#
# The clone needs the history back to where the two went apart: no shallow one.
# Exit status: 0 nothing wrong, 1 errors, 2 the revision is not here, 3 it could not be checked.
exec polder check . ${1:+--since "$1"}
