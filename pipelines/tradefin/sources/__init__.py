"""Where figures come from: one module per publisher, and the only folder that may open a socket.

What belongs here: what is known of each publisher, asking for its files, reading them strictly into tables of texts.
What does not: what the texts mean (`sql/core/`), keeping the bytes (`tables.store`).
"""
