### The accessibility statement.

access-title = Accessibility
access-lead = Everybody should be able to read and edit { $wiki }. This page says what was done for that, and what wasn’t yet.
access-status-title = Where it stands
access-status = The software of this wiki, Polder, is made to meet WCAG 2.2 at level AA. No independent audit was done yet, so we don’t claim that it meets all of it.
access-done-title = What was done
access-done-keyboard = Everything works by keyboard, and you always see where you are. The first tab key takes you to the content.
access-done-scripts = Every screen works without JavaScript.
access-done-colour = Colour is never the only sign. Colours have enough contrast, in light and in dark.
access-done-zoom = Text stays readable on a narrow screen and at four times its size.
access-done-map = The mindmap has an outline as a list, with the same topics.
access-done-motion = Nothing moves if you switched that off in your system.
access-limits-title = What we know could be better
access-limit-content = Pages are written by many people. There may be an image without a description or an unclear heading. You may mend it yourself.
access-limit-editor = The field that you write in shows Markdown, not laid-out text.
access-limit-tests = Tests were automatic; people with a disability haven’t tested the software yet.
access-contact-title = Does something get in your way?
access-contact = Tell us: { $contact }. Say which page it was and what went wrong.
access-contact-none = Tell whoever runs this wiki. Say which page it was and what went wrong.
