print("ringdove")
