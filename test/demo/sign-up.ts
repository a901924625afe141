// Makes the console's first user as a person would: with the one-time code, by the form.
